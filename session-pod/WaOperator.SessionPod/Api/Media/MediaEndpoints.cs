using Microsoft.AspNetCore.Http.Features;
using Npgsql;
using WaOperator.Api;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>The tenants' files: upload, load, forget. Bytes only pass through; what is kept is where a file is and how it opens.</summary>
internal sealed class MediaEndpoints(
    MediaIntake intake,
    MediaGiver giver,
    Options.PodOptions options,
    IHostApplicationLifetime lifetime
)
{
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
                """
                The body is the file itself, Content-Type its MIME type. ?kind says as what it is to be sent: image, video, voice, audio, document or sticker; left out, the type decides. The session must be connected. Expect: 100-continue is answered once the key, the session and the limits were checked.
                """
            )
            .Accepts<Stream>("*/*")
            .Produces<MediaAnswer>(201)
            .Produces<Problem>(409, ProblemAnswer.MediaType)
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
                """
                The file is checked while it is loaded, and its last byte given only when all of it is right: an answer that ends early is not the file. Range asks for one part. The session must be connected.
                """
            )
            .GivesFiles();
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
        var request = http.Request;
        var refusal = UploadRequest.Read(
            request.Query["kind"],
            request.ContentType,
            out var upload
        );
        if (refusal is not null)
            return refusal;
        refusal = intake.Begin(session, request.ContentLength, upload.Most(options), out var begun);
        if (refusal is not null)
            return refusal;
        using var taking = begun;
        // Counted there instead, with an answer that says which file may have how much.
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize =
            null;
        // A pod that stops waits for no transfer.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            (var media, refusal) = await taking.RunAsync(upload, request.Body, end.Token);
            if (media is null)
                return refusal!;
            var (id, expires) = await tenure.Media.AddAsync(
                session.Wanted.TenantId,
                new(session.Id, session.State.Epoch),
                media,
                end.Token
            );
            http.Response.Headers.Location = $"{request.Path}/{id}";
            return Results.Json(
                new MediaAnswer(
                    id.ToString(),
                    media.Use,
                    media.MimeType,
                    media.File.FileLength,
                    Convert.ToHexStringLower(media.File.FileSha256),
                    expires
                ),
                MediaJson.Default.MediaAnswer,
                statusCode: 201
            );
        }
        catch (BadHttpRequestException e)
        {
            return Problems.Unreadable(e.StatusCode, e.Message);
        }
        catch (PostgresException e) when (e.IsFenced())
        {
            return Problems.NotRunning(@namespace, name);
        }
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
            : await giver.GiveAsync(http, session, id, media);
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
        catch (PostgresException e) when (e.IsFenced())
        {
            return Problems.NotRunning(@namespace, name);
        }
    }
}
