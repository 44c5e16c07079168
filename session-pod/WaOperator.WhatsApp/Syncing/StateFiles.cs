using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>Snapshots and large patches, which are files on the media hosts.</summary>
internal static class StateFiles
{
    /// <summary>How long a file may take: other accounts wait for it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Loads a file whole.</summary>
    /// <param name="media">Loads files.</param>
    /// <param name="reference">Where it is; comes from the server.</param>
    /// <param name="most">Bytes that are believed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="AppStateException">The reference is none, or the file is larger.</exception>
    /// <exception cref="MediaException">It cannot be had.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task<byte[]> LoadAsync(
        MediaClient media,
        ExternalBlobReference reference,
        int most,
        TimeProvider time,
        CancellationToken ct
    )
    {
        if (
            reference.MediaKey.Length != MediaKeys.MediaKeySize
            || reference.DirectPath.Length == 0
            || reference.FileSizeBytes > (ulong)most
        )
            throw AppStateException.Malformed(
                $"A file of the account's state has no address or key, or more than {most} bytes."
            );
        using var file = new Bounded(most);
        using var late = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await media.DownloadAsync(
                new()
                {
                    Kind = MediaKind.AppState,
                    DirectPath = reference.DirectPath,
                    MediaKey = reference.MediaKey.ToByteArray(),
                    FileSha256 = reference.FileSha256.ToByteArray(),
                    FileEncSha256 = reference.FileEncSha256.ToByteArray(),
                    FileLength = (long)reference.FileSizeBytes,
                },
                file,
                either.Token
            );
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"A file of the account's state took more than {Limit.TotalMinutes:0} minutes.",
                e
            );
        }
        catch (MediaDamagedException e)
        {
            throw AppStateException.Malformed(
                $"A file of the account's state is damaged: {e.Message}",
                e
            );
        }
        return file.ToArray();
    }

    /// <summary>Memory for what a file turns out to have, not for what its sender says.</summary>
    private sealed class Bounded(int most) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            Check(count);
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Check(buffer.Length);
            base.Write(buffer);
        }

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        private void Check(int count)
        {
            if (Position + count > most)
                throw AppStateException.Malformed(
                    $"A file of the account's state has more than {most} bytes."
                );
        }
    }
}
