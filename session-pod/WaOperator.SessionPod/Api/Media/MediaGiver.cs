using Microsoft.Net.Http.Headers;
using WaOperator.Api;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>Gives a file, or a part of it, to who may have it.</summary>
internal sealed partial class MediaGiver(
    MediaShares shares,
    IHostApplicationLifetime lifetime,
    ILogger<MediaGiver> logger
)
{
    /// <summary>Answers a request for a file.</summary>
    public async Task<IResult> GiveAsync(
        HttpContext http,
        IServedSession session,
        string id,
        StoredMedia media
    )
    {
        var (request, response) = (http.Request, http.Response);
        var tag = MediaHeaders.Tag(media);
        if (
            request.GetTypedHeaders().IfNoneMatch is { Count: > 0 } known
            && known.Any(one =>
                one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false)
            )
        )
        {
            response.Headers.ETag = tag.ToString();
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }
        var length = media.File.FileLength;
        if (
            !ByteRange.TryDecide(
                request.Headers.Range,
                request.Headers.IfRange,
                tag,
                length,
                out var part
            )
        )
        {
            response.Headers.ContentRange = $"bytes */{length}";
            return Problems.NoSuchPart(id, length);
        }
        if (session.Files is not { } files)
            return session.NotConnected();
        using var share = shares.Enter(session.Wanted.TenantId, out var full);
        if (full is not null)
            return Problems.TooManyTransfers(full);
        // A pod that stops waits for no transfer.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            await new MediaLoad(files, media, id, response, part).RunAsync(end.Token);
            return Results.Empty;
        }
        catch (MediaException e) when (!response.HasStarted)
        {
            response.Clear();
            return e switch
            {
                MediaUnavailableException => Problems.MediaGone(id),
                MediaDamagedException => Problems.MediaDamaged(id),
                _ when session.Files is null => session.NotConnected(),
                _ => Problems.MediaHosts(e.Message),
            };
        }
        catch (MediaException e)
        {
            Log.Broken(logger, session.Wanted.Namespace, session.Wanted.Name, id, e.Message);
            // Its length was told: who reads it knows that it is not all.
            http.Abort();
            return Results.Empty;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MediaGiverBroken,
            LogLevel.Warning,
            "session {Namespace}/{Name}: file {Id} was given in part only: {Error}"
        )]
        public static partial void Broken(
            ILogger logger,
            string @namespace,
            string name,
            string id,
            string error
        );
    }
}
