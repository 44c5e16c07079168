using WaOperator.SessionPod.Media;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Files that were uploaded or received, for messages that carry them.</summary>
/// <param name="shelf">Where they are.</param>
internal sealed class MessageFiles(MediaShelf shelf) : IMediaShelf
{
    /// <inheritdoc/>
    public async ValueTask<ShelvedMedia?> FindAsync(
        long tenant,
        long session,
        string mediaId,
        CancellationToken ct
    ) =>
        MediaId.TryParse(mediaId, out var id)
        && await shelf.FindAsync(tenant, session, id, ct) is { } media
            ? new(media.File, media.MimeType, media.FileName)
            : null;
}
