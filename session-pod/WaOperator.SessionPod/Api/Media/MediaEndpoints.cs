using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Npgsql;
using WaOperator.Api;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>The tenants' files: upload, load, forget. Bytes only pass through; what is kept is where a file is and how it opens.</summary>
internal sealed partial class MediaEndpoints(
    PodOptions options,
    IHostApplicationLifetime lifetime,
    ILogger<MediaEndpoints> logger
)
{
    private readonly MediaShares _shares = new(
        options.MaxTransfers,
        options.MaxTenantTransfers,
        options.MaxSpoolMiB,
        options.MaxTenantSpoolMiB
    );

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var media = app.MapGroup("/v1/sessions/{namespace}/{name}/media")
            .ServedOn(PodPort.Api)
            .ActingForSession();
        media
            .MapPost("", UploadAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("uploadMedia")
            .WithSummary("Uploads a file, to be sent by its id in messages of the session")
            .WithDescription(
                "The body is the file itself, Content-Type its MIME type. ?kind says as what it is to be sent; left out, the type decides. The session must be connected. Expect: 100-continue is answered once the key, the session and the limits were checked."
            )
            .Accepts<Stream>("*/*")
            .Produces<MediaAnswer>(201)
            .Produces<Problem>(413, ProblemAnswer.MediaType)
            .Produces<Problem>(415, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType)
            .Produces<Problem>(502, ProblemAnswer.MediaType)
            .Produces<Problem>(503, ProblemAnswer.MediaType);
        media
            .MapGet("/{id}", LoadAsync)
            .Requiring(ApiScopes.MediaRead)
            .WithName("getMedia")
            .WithSummary("A file: uploaded, or received with a message")
            .WithDescription(
                "The file is checked while it is loaded, and its last byte given only when all of it is right: an answer that ends early is not the file. Range asks for one part."
            )
            .Produces<Stream>(200, "application/octet-stream")
            .Produces<Stream>(206, "application/octet-stream")
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(410, ProblemAnswer.MediaType)
            .Produces<Problem>(416, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType)
            .Produces<Problem>(502, ProblemAnswer.MediaType)
            .Produces<Problem>(503, ProblemAnswer.MediaType);
        media
            .MapDelete("/{id}", ForgetAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("deleteMedia")
            .WithSummary("Forgets an upload: it can no longer be sent or loaded by its id")
            .Produces(204)
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType);
    }

    private async Task<IResult> UploadAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var tenant = session.Wanted.TenantId;
        var request = http.Request;
        if (
            UploadRequest.Read(request.Query["kind"], request.ContentType, out var upload) is
            { } wrong
        )
            return wrong;
        var most = upload.Most(options);
        if (request.ContentLength > most)
            return Problems.MediaTooLarge(most);
        if (!session.State.Paired)
            return Problems.NotLinked(@namespace, name, session.State.Phase.ToString());
        if (session.Files is not { } files)
            return NotConnected(session);
        using var share = _shares.Enter(tenant, out var full);
        if ((full ?? share.TryReach(request.ContentLength ?? 0)) is { } none)
            return Problems.TooManyTransfers(none);
        // Counted here instead, with an answer that says which file may have how much.
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize =
            null;
        using var end = Ends(http);
        try
        {
            return await TakeAsync(http, tenure.Media, session, files, upload, share, end.Token);
        }
        catch (SourceTooLongException e)
        {
            return e.Full is { } room
                ? Problems.TooManyTransfers(room)
                : Problems.MediaTooLarge(e.Most);
        }
        catch (BadHttpRequestException e)
        {
            return Problems.Unreadable(e.StatusCode, e.Message);
        }
        catch (MediaException e)
        {
            return session.Files is null ? NotConnected(session) : Problems.MediaHosts(e.Message);
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.Fenced)
        {
            return Problems.NotRunning(@namespace, name);
        }
    }

    private async Task<IResult> TakeAsync(
        HttpContext http,
        MediaShelf shelf,
        IServedSession session,
        ISessionFiles files,
        UploadRequest upload,
        MediaShare share,
        CancellationToken ct
    )
    {
        var body = http.Request.Body;
        var head = new byte[FileType.HeadSize];
        var count = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        var start = head.AsMemory(0, count);
        var use = upload.Use ?? MediaUses.Of(FileType.Of("", start.Span));
        if (MediaUses.Mismatch(use, start.Span, upload.Type, out var type) is { } mismatch)
            return Problems.WrongMedia(mismatch);
        var most = UploadRequest.Most(options, use);
        if (http.Request.ContentLength > most)
            return Problems.MediaTooLarge(most);
        var source = new BoundedSource(start, body, most, share);
        var file = await files.UploadAsync(use.Kind(), source, ct);
        var (id, expires) = await shelf.AddAsync(
            session.Wanted.TenantId,
            new(session.Id, session.State.Epoch),
            new()
            {
                Use = use,
                MimeType = type,
                File = file,
            },
            ct
        );
        http.Response.Headers.Location = $"{http.Request.Path}/{id}";
        return Results.Json(
            new MediaAnswer(
                id.ToString(),
                use,
                type,
                file.FileLength,
                Convert.ToHexStringLower(file.FileSha256),
                expires
            ),
            MediaJson.Default.MediaAnswer,
            statusCode: 201
        );
    }

    private async Task<IResult> LoadAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        var media = MediaId.TryParse(id, out var named)
            ? await tenure.Media.FindAsync(
                session.Wanted.TenantId,
                session.Id,
                named,
                http.RequestAborted
            )
            : null;
        return media is null
            ? Problems.NoMedia(@namespace, name, id)
            : await GiveAsync(http, session, id, media);
    }

    /// <summary>Gives a file, or a part of it, to who asked for it.</summary>
    private async Task<IResult> GiveAsync(
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
            return NotConnected(session);
        using var share = _shares.Enter(session.Wanted.TenantId, out var full);
        if (full is not null)
            return Problems.TooManyTransfers(full);
        using var end = Ends(http);
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
                _ when session.Files is null => NotConnected(session),
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

    private static async Task<IResult> ForgetAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        if (!MediaId.TryParse(id, out var named))
            return Problems.NoMedia(@namespace, name, id);
        if (named.Seq is not null)
            return
                await tenure.Media.FindAsync(
                    session.Wanted.TenantId,
                    session.Id,
                    named,
                    http.RequestAborted
                )
                    is null
                ? Problems.NoMedia(@namespace, name, id)
                : Problems.MediaReceived(id);
        try
        {
            return await tenure.Media.RemoveAsync(
                new(session.Id, session.State.Epoch),
                named,
                http.RequestAborted
            )
                ? Results.NoContent()
                : Problems.NoMedia(@namespace, name, id);
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.Fenced)
        {
            return Problems.NotRunning(@namespace, name);
        }
    }

    private static ProblemAnswer NotConnected(IServedSession session) =>
        Problems.NotConnected(
            session.Wanted.Namespace,
            session.Wanted.Name,
            session.State.Phase.ToString()
        );

    /// <summary>A pod that stops waits for no transfer.</summary>
    private CancellationTokenSource Ends(HttpContext http) =>
        CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MediaEndpointsBroken,
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
