using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>Loads one file into one answer.</summary>
/// <param name="files">The session's connection.</param>
/// <param name="media">The file.</param>
/// <param name="id">Its id.</param>
/// <param name="response">Gets the file.</param>
/// <param name="part">The part that was asked for; null: all.</param>
internal sealed class MediaLoad(
    ISessionFiles files,
    StoredMedia media,
    string id,
    HttpResponse response,
    ByteRange? part
)
{
    /// <summary>Loads it; the answer's head is sent with its first byte.</summary>
    /// <exception cref="MediaException">It cannot be loaded; what was sent of the answer is not all of it.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        MediaHeaders.Set(response, id, media);
        var length = media.File.FileLength;
        var all = length > 0 ? new ByteRange(0, length - 1, length) : (ByteRange?)null;
        if (part is { } asked)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = asked.ToString();
        }
        response.ContentLength = (part ?? all)?.Length;
        var destination = new FileResponse(response, part ?? all);
        await LoadAsync(destination, ct);
        if (!await destination.EndAsync(ct))
            throw new MediaDamagedException("The file is shorter than its message says.");
    }

    private async Task LoadAsync(FileResponse destination, CancellationToken ct)
    {
        try
        {
            await files.DownloadAsync(media.File, destination, ct);
        }
        catch (MediaUnavailableException) when (destination.Loaded == 0 && media.Message is { })
        {
            var again = await files.RequestAsync(media.File, media.Message, ct);
            await files.DownloadAsync(again, destination, ct);
        }
    }
}
