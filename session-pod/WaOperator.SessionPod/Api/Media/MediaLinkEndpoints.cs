using System.Globalization;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Api.Links;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>Links that open one file for a time, for who has no API key: a browser, a program that loads by address alone.</summary>
internal sealed class MediaLinkEndpoints(SignedLinks links, MediaGiver giver)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapPost("/v1/sessions/{namespace}/{name}/media/{id}/link", MakeAsync)
            .ServedOn(PodPort.Api)
            .ActingForSession()
            .Requiring(ApiScopes.MediaRead)
            .WithName("linkMedia")
            .WithSummary("Makes a link that opens a file without an API key")
            .WithDescription(
                """
                ?seconds says for how long, 1 to 86400, default one hour. The link alone gives access to the file until then and cannot be revoked.
                """
            )
            .Produces<MediaLinkAnswer>()
            .Produces<Problem>(404, ProblemAnswer.MediaType);
        app.MapGet(LinkKind.Media.Path() + "{token}", OpenAsync)
            .ServedOn(PodPort.Api)
            .WithName("openMediaLink")
            .WithSummary("The file of a link")
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .GivesFiles();
    }

    private async Task<IResult> MakeAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        if (!TryReadLife(http.Request.Query["seconds"], out var life))
            return Problems.Bad(
                $"\"seconds\" must be a number from 1 to {(int)SignedLink.MaxLife.TotalSeconds}"
            );
        if (
            !MediaId.TryParse(id, out var named)
            || await tenure.Media.FindAsync(
                session.Wanted.TenantId,
                session.Id,
                named,
                http.RequestAborted
            )
                is not { } media
        )
            return Problems.NoMedia(@namespace, name, id);
        var link = links.Sign(LinkKind.Media, session, id, life);
        return Results.Json(
            new MediaLinkAnswer(
                link.Url,
                link.ExpiresAt,
                media.MimeType,
                media.File.FileLength,
                Convert.ToHexStringLower(media.File.FileSha256)
            ),
            MediaJson.Default.MediaLinkAnswer
        );
    }

    private async Task<IResult> OpenAsync(HttpContext http, string token)
    {
        var opened = await links.OpenAsync(LinkKind.Media, token, http.RequestAborted);
        if (opened.Refusal is { } refusal)
            return refusal;
        var (link, (tenure, session)) = (opened.Link, opened.Session);
        if (
            !MediaId.TryParse(link.Target, out var id)
            || await tenure.Media.FindAsync(
                session.Wanted.TenantId,
                session.Id,
                id,
                http.RequestAborted
            )
                is not { } media
        )
            return Problems.NoMedia(link.Namespace, link.Name, link.Target);
        return await giver.GiveAsync(http, session, link.Target, media);
    }

    private static bool TryReadLife(string? seconds, out TimeSpan life)
    {
        life = Life;
        if (seconds is null)
            return true;
        var known = int.TryParse(
            seconds,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        );
        life = TimeSpan.FromSeconds(number);
        return known && life > TimeSpan.Zero && life <= SignedLink.MaxLife;
    }
}
