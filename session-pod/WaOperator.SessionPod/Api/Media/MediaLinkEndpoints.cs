using System.Globalization;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>Links that open one file for a time, for who has no API key: a browser, a program that loads by address alone.</summary>
internal sealed class MediaLinkEndpoints(
    ApiDesk desk,
    SessionAccess access,
    MediaGiver giver,
    LinkKey key,
    TimeProvider time
)
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
            .Produces<LinkAnswer>()
            .Produces<Problem>(404, ProblemAnswer.MediaType);
        app.MapGet(MediaLink.Path + "{token}", OpenAsync)
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
                $"\"seconds\" must be a number from 1 to {(int)MediaLink.MaxLife.TotalSeconds}"
            );
        if (
            !MediaId.TryParse(id, out var named)
            || await tenure.Media.FindAsync(
                session.Wanted.TenantId,
                session.Id,
                named,
                http.RequestAborted
            )
                is null
        )
            return Problems.NoMedia(@namespace, name, id);
        var until = DateTimeOffset.FromUnixTimeSeconds(
            (time.GetUtcNow() + life).ToUnixTimeSeconds()
        );
        var token = new MediaLink(session.Id, @namespace, name, id, until).Sign(key.Bytes);
        return Results.Json(
            new LinkAnswer(MediaLink.Path + token, until),
            MediaJson.Default.LinkAnswer
        );
    }

    private async Task<IResult> OpenAsync(HttpContext http, string token)
    {
        if (desk.Current is not { } tenure)
            return Problems.NoLease();
        if (
            !MediaLink.TryVerify(token, key.Bytes, out var link)
            || link.ExpiresAt <= time.GetUtcNow()
        )
            return Problems.NoLink();
        if (tenure.Host.Find(link.Namespace, link.Name) is not { } session)
            return await access.LocateAsync(tenure, link.Namespace, link.Name, http.RequestAborted);
        if (
            session.Id != link.Session
            || !MediaId.TryParse(link.Media, out var id)
            || await tenure.Media.FindAsync(
                session.Wanted.TenantId,
                session.Id,
                id,
                http.RequestAborted
            )
                is not { } media
        )
            return Problems.NoMedia(link.Namespace, link.Name, link.Media);
        return await giver.GiveAsync(http, session, link.Media, media);
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
        return known && life > TimeSpan.Zero && life <= MediaLink.MaxLife;
    }
}
