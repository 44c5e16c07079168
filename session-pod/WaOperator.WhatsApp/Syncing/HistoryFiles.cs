using System.Security.Cryptography;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>Where a part of the history is read from.</summary>
internal static class HistoryFiles
{
    /// <summary>How long a file may take: other accounts wait for it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const int KeySize = 32;

    /// <summary>
    /// Opens a part. A file is loaded as a whole first, for its MAC is at its end and nothing of a changed one may be believed; it waits on
    /// disk in a file without a name, encrypted by a key that is in memory alone.
    /// </summary>
    /// <param name="media">Loads files.</param>
    /// <param name="announced">The phone's word.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="HistoryException">There is no such file, it is damaged or too large.</exception>
    /// <exception cref="MediaException">It cannot be had.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task<Stream> OpenAsync(
        Func<MediaClient> media,
        HistorySyncNotification announced,
        TimeProvider time,
        CancellationToken ct
    )
    {
        if (announced.InitialHistBootstrapInlinePayload is { IsEmpty: false } within)
            return new MemoryStream(within.ToByteArray(), writable: false);
        if (
            announced.MediaKey.Length != MediaKeys.MediaKeySize
            || announced.DirectPath.Length == 0
            || announced.FileLength > (ulong)HistoryReader.MaxFile
        )
            throw new HistoryException(
                $"The phone announced a part of the history without an address or key, or with more than {HistoryReader.MaxFile} bytes."
            );
        var client = media();
        using var aes = Aes.Create();
        aes.Key = RandomNumberGenerator.GetBytes(KeySize);
        var spool = Spool.Create(client.Options.TempFolder);
        try
        {
            await LoadAsync(client, announced, spool, aes, time, ct);
            spool.Position = 0;
            return new CryptoStream(spool, aes.CreateDecryptor(), CryptoStreamMode.Read);
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
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
