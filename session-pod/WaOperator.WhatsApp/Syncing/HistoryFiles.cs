using System.Security.Cryptography;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>A part of the history that was loaded.</summary>
/// <param name="open">Reads it from its beginning.</param>
/// <param name="held">What it is held in.</param>
internal sealed class HistoryFile(Func<Stream> open, params IDisposable[] held) : IAsyncDisposable
{
    /// <summary>Reads it from its beginning; one reader at a time.</summary>
    public Stream Open() => open();

    public ValueTask DisposeAsync()
    {
        foreach (var one in held)
            one.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Where a part of the history is read from.</summary>
internal static class HistoryFiles
{
    /// <summary>How long a file may take: other accounts wait for its place. A phone gives some megabytes at once.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private const int KeySize = 32;

    /// <summary>
    /// Loads a part. A file is loaded as a whole first, for its MAC is at its end and nothing of a changed one may be believed; it waits on
    /// disk in a file without a name, encrypted by a key that is in memory alone.
    /// </summary>
    /// <param name="media">Loads files.</param>
    /// <param name="announced">The phone's word.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="HistoryException">There is no such file, it is damaged or too large.</exception>
    /// <exception cref="MediaException">It cannot be had.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task<HistoryFile> LoadAsync(
        Func<MediaClient> media,
        HistorySyncNotification announced,
        TimeProvider time,
        CancellationToken ct
    )
    {
        if (announced.InitialHistBootstrapInlinePayload is { IsEmpty: false } within)
        {
            var bytes = within.ToByteArray();
            return new(() => new MemoryStream(bytes, writable: false));
        }
        if (
            announced.MediaKey.Length != MediaKeys.MediaKeySize
            || announced.DirectPath.Length == 0
            || announced.FileLength > (ulong)HistoryReader.MaxFile
        )
            throw new HistoryException(
                $"The phone announced a part of the history without an address or key, or with more than {HistoryReader.MaxFile} bytes."
            );
        var client = media();
        var aes = Aes.Create();
        aes.Key = RandomNumberGenerator.GetBytes(KeySize);
        var spool = Spool.Create(client.Options.TempFolder);
        var file = new HistoryFile(() => Reading(spool, aes), spool, aes);
        try
        {
            await LoadAsync(client, announced, spool, aes, time, ct);
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static CryptoStream Reading(Stream spool, Aes aes)
    {
        spool.Position = 0;
        return new(spool, aes.CreateDecryptor(), CryptoStreamMode.Read, leaveOpen: true);
    }

    private static async Task LoadAsync(
        MediaClient client,
        HistorySyncNotification announced,
        Stream spool,
        Aes aes,
        TimeProvider time,
        CancellationToken ct
    )
    {
        using var late = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        using var bounded = new Bounded();
        await using var sealing = new CryptoStream(
            spool,
            aes.CreateEncryptor(),
            CryptoStreamMode.Write,
            leaveOpen: true
        );
        bounded.To = sealing;
        try
        {
            await client.DownloadAsync(
                new()
                {
                    Kind = MediaKind.History,
                    DirectPath = announced.DirectPath,
                    MediaKey = announced.MediaKey.ToByteArray(),
                    FileSha256 = announced.FileSha256.ToByteArray(),
                    FileEncSha256 = announced.FileEncSha256.ToByteArray(),
                    FileLength = (long)announced.FileLength,
                },
                bounded,
                either.Token
            );
            await sealing.FlushFinalBlockAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"A part of the history took more than {Limit.TotalMinutes:0} minutes.",
                e
            );
        }
        catch (MediaDamagedException e)
        {
            throw new HistoryException($"A part of the history is damaged: {e.Message}", e);
        }
    }

    /// <summary>Takes no more than a part may have, whatever its announcement says.</summary>
    private sealed class Bounded : Stream
    {
        private long _written;

        public Stream To { get; set; } = Null;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _written;

        public override long Position
        {
            get => _written;
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            _written += buffer.Length;
            return _written <= HistoryReader.MaxFile
                ? To.WriteAsync(buffer, cancellationToken)
                : throw new HistoryException(
                    $"A part of the history has more than {HistoryReader.MaxFile} bytes."
                );
        }

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
