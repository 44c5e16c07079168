using System.Buffers;
using System.Buffers.Text;

namespace WaOperator.Gateway.Streams;

/// <summary>
/// How far a client is in the journals of its sessions. It proves nothing: what it names is looked up by the client's key like anything
/// else, and what the key does not open is left out. Pure.
/// </summary>
/// <param name="Since">
/// Of a session that is not named, what happened after this time is shown: milliseconds since 1970; 0: all that is kept.
/// </param>
/// <param name="Seen">Keys of sessions, each with the number of the last event that the client has.</param>
internal sealed record StreamCursor(long Since, IReadOnlyDictionary<long, long> Seen)
{
    /// <summary>The most sessions of one stream.</summary>
    public const int MaxSessions = 2_000;

    private const byte Version = 1;
    private const int MaxNumber = 9;
    private const int MaxBytes = 1 + MaxNumber + (MaxSessions * 2 * MaxNumber);
    private const int MaxText = ((MaxBytes + 2) / 3) * 4;

    // The last year that has four digits.
    private const long MaxSince = 253_402_300_799_999;

    /// <summary>Writes it: letters, digits, - and _.</summary>
    public string Write()
    {
        var bytes = ArrayPool<byte>.Shared.Rent(1 + MaxNumber + (Seen.Count * 2 * MaxNumber));
        try
        {
            bytes[0] = Version;
            var length = 1;
            Put(bytes, ref length, Since);
            var last = 0L;
            foreach (var (session, seq) in Seen.OrderBy(s => s.Key))
            {
                Put(bytes, ref length, session - last);
                Put(bytes, ref length, seq);
                last = session;
            }
            return Base64Url.EncodeToString(bytes.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Reads it.</summary>
    /// <returns>Null: it is none.</returns>
    public static StreamCursor? Read(string? text)
    {
        if (text is not { Length: > 0 and <= MaxText })
            return null;
        var bytes = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            return
                Base64Url.DecodeFromChars(text, bytes, out var read, out var length)
                    == OperationStatus.Done
                && read == text.Length
                ? Read(bytes.AsSpan(0, length))
                : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static StreamCursor? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes is not [Version, ..])
            return null;
        bytes = bytes[1..];
        if (!TryTake(ref bytes, out var since) || since > MaxSince)
            return null;
        var seen = new Dictionary<long, long>();
        var session = 0L;
        while (!bytes.IsEmpty)
        {
            if (
                seen.Count == MaxSessions
                || !TryTake(ref bytes, out var step)
                || !TryTake(ref bytes, out var seq)
                || step == 0
                || step > long.MaxValue - session
            )
                return null;
            seen.Add(session += step, seq);
        }
        return new(since, seen);
    }

    /// <summary>Seven bits a byte, the lowest first; the highest bit of a byte says that another follows.</summary>
    private static void Put(byte[] bytes, ref int length, long number)
    {
        for (; number > 0x7F; number >>= 7)
            bytes[length++] = (byte)(number | 0x80);
        bytes[length++] = (byte)number;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, out long number)
    {
        number = 0;
        for (var i = 0; i < bytes.Length && i < MaxNumber; i++)
        {
            number |= (long)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] > 0x7F)
                continue;
            bytes = bytes[(i + 1)..];
            return true;
        }
        return false;
    }
}
