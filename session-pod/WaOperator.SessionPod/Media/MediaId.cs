using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Media;

/// <summary>
/// The id of a file, opaque to tenants. Of an upload it is random. Of a file that came with a message it says which event of the
/// session's journal holds it, so that no message costs a row more; a few bytes of a hash say which file of the event it is, and
/// keep an id from naming another file once event numbers restart.
/// </summary>
internal readonly record struct MediaId
{
    /// <summary>How all ids begin.</summary>
    public const string Prefix = "med_";

    private const int UploadSize = 16;
    private const int SeqSize = 8;
    private const int MarkSize = 6;
    private readonly byte[] _bytes;

    private MediaId(byte[] bytes) => _bytes = bytes;

    /// <summary>The event that holds the file; null: it was uploaded.</summary>
    public long? Seq =>
        _bytes.Length == UploadSize ? null : BinaryPrimitives.ReadInt64BigEndian(_bytes);

    /// <summary>The id of an upload as the database has it.</summary>
    public byte[] Bytes => _bytes;

    /// <summary>A new id for an upload.</summary>
    public static MediaId New() => new(RandomNumberGenerator.GetBytes(UploadSize));

    /// <summary>The id of a file that came with a message.</summary>
    /// <param name="seq">The number of the event.</param>
    /// <param name="file">The file.</param>
    public static MediaId Of(long seq, MediaReference file)
    {
        var bytes = new byte[SeqSize + MarkSize];
        BinaryPrimitives.WriteInt64BigEndian(bytes, seq);
        Mark(file, bytes.AsSpan(SeqSize));
        return new(bytes);
    }

    /// <summary>Whether this is the id of a file of the event that it names.</summary>
    public bool Names(MediaReference file)
    {
        Span<byte> mark = stackalloc byte[MarkSize];
        Mark(file, mark);
        return Seq is not null && _bytes.AsSpan(SeqSize).SequenceEqual(mark);
    }

    /// <summary>Reads what a tenant sent; any text is fine.</summary>
    public static bool TryParse(string? text, out MediaId id)
    {
        id = default;
        if (
            text is null
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.Length > Prefix.Length + Base64Url.GetEncodedLength(UploadSize)
        )
            return false;
        Span<byte> bytes = stackalloc byte[UploadSize + 2];
        var encoded = text.AsSpan(Prefix.Length);
        if (
            !Base64Url.IsValid(encoded)
            || !Base64Url.TryDecodeFromChars(encoded, bytes, out var count)
            || count is not (UploadSize or (SeqSize + MarkSize))
        )
            return false;
        id = new(bytes[..count].ToArray());
        // One id has one form.
        return id.ToString() == text && id.Seq is null or > 0;
    }

    /// <summary>As tenants see it.</summary>
    public override string ToString() => Prefix + Base64Url.EncodeToString(_bytes);

    /// <inheritdoc/>
    public bool Equals(MediaId other) => _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(^4..));

    private static void Mark(MediaReference file, Span<byte> mark)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. file.FileSha256, .. file.FileEncSha256], hash);
        hash[..mark.Length].CopyTo(mark);
    }
}
