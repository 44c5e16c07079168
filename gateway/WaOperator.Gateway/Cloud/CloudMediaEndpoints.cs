using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Forwarding;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Cloud;

/// <summary>Files: upload, load by a link, forget.</summary>
internal sealed class CloudMediaEndpoints(CloudCallers callers, Forwarder forwarder)
{
    private const string LinkLife = "?seconds=300";

    /// <summary>Takes a file, which is passed on as it comes.</summary>
    public async Task<IResult> UploadAsync(HttpContext http, string phone)
    {
        var session = await callers.AskAsync(http, phone, scope: null);
        if (session.Refusal is { } refusal)
            return refusal;
        if (CloudForm.BoundaryOf(http.Request.ContentType) is not { } boundary)
            return new CloudRefusal(
                CloudCode.Media,
                "send a form (multipart/form-data) with messaging_product, type and file"
            )
            {
                Status = StatusCodes.Status415UnsupportedMediaType,
            };
        // How long a file may be is for the pod to say.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        var form = new CloudForm(boundary, http.Request.Body);
        if (await form.ReadToFileAsync(http.RequestAborted) is { } wrong)
            return CloudRefusal.Of(wrong);
        var reply = await forwarder.AskAsync(
            http,
            session.Key,
            new(session.Phone.Session, HttpMethods.Post, "media")
            {
                ContentType = form.FileType,
                Body = form.File,
            }
        );
        if (!reply.IsDone)
            return PodAnswers.Refused(reply);
        if (await form.ReadRestAsync(http.RequestAborted) is { } late)
            return CloudRefusal.Of(late);
        return PodAnswers.Uploaded(reply, phone) is { } uploaded
            ? Results.Json(uploaded, CloudJson.Default.CloudUploaded)
            : PodAnswers.Refused(reply);
    }

    /// <summary>A file with a link to it.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string id)
    {
        var (key, session, media, refusal) = await FindAsync(http, id);
        if (refusal is not null)
            return refusal;
        var reply = await forwarder.AskAsync(
            http,
            key,
            new(session, HttpMethods.Post, $"media/{media}/link") { Query = LinkLife }
        );
        http.Response.Headers.CacheControl = "no-store";
        return PodAnswers.Media(reply, id, AddressOf(http.Request)) is { } file
            ? Results.Json(file, CloudJson.Default.CloudMedia)
            : PodAnswers.Refused(reply);
    }

    /// <summary>Forgets an upload.</summary>
    public async Task<IResult> DeleteAsync(HttpContext http, string id)
    {
        var (key, session, media, refusal) = await FindAsync(http, id);
        if (refusal is not null)
            return refusal;
        var reply = await forwarder.AskAsync(
            http,
            key,
            new(session, HttpMethods.Delete, $"media/{media}")
        );
        return reply.IsDone
            ? Results.Json(new(true), CloudJson.Default.CloudDone)
            : PodAnswers.Refused(reply);
    }

    private async ValueTask<(
        KeyAnswer Key,
        SessionName Session,
        string Media,
        CloudRefusal? Refusal
    )> FindAsync(HttpContext http, string id)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return Refused(refusal);
        if (!CloudMediaIds.TryRead(id, out var phone, out var media))
            return Refused(NoFile());
        // An id as events have it: Chatwoot says beside it which number it is of.
        phone ??= http.Request.Query["phone_number_id"];
        if (phone is null)
            return Refused(
                new(
                    CloudCode.Parameter,
                    "this id does not say of which number it is: add ?phone_number_id="
                )
            );
        var session = await callers.FindAsync(http, caller.Key, phone, scope: null);
        if (session.Refusal is { } unknown)
            return Refused(unknown);
        http.Audited()?.Subject = media;
        return (caller.Key, session.Phone.Session, media, null);

        static (KeyAnswer, SessionName, string, CloudRefusal?) Refused(CloudRefusal why) =>
            (default, default, "", why);
    }

    private static CloudRefusal NoFile() =>
        new(CloudCode.Parameter, "the id is none of a file, of a number or of an account here")
        {
            Status = StatusCodes.Status404NotFound,
        };

    /// <summary>The address that the program called, as far as what stands in front says it.</summary>
    private static string AddressOf(HttpRequest request)
    {
        var scheme = request.Headers["X-Forwarded-Proto"] is ["http" or "https"] and [{ } told]
            ? told
            : request.Scheme;
        return $"{scheme}://{request.Host}";
    }
}
