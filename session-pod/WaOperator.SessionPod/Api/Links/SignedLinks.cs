using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;

namespace WaOperator.SessionPod.Api.Links;

/// <summary>What a link opens.</summary>
/// <param name="Link">The link; not to be used with a refusal.</param>
/// <param name="Session">Its session; not to be used with a refusal.</param>
/// <param name="Refusal">Why it opens nothing here; null if it does.</param>
internal readonly record struct OpenedLink(
    SignedLink Link,
    OpenedSession Session,
    ProblemAnswer? Refusal
);

/// <summary>Makes and opens links that need no API key. Their key is the installation's, so any pod opens what another one made.</summary>
internal sealed class SignedLinks(
    ApiDesk desk,
    SessionAccess access,
    LinkKey key,
    TimeProvider time
)
{
    /// <summary>Makes a link, and answers with it.</summary>
    /// <param name="kind">What it opens.</param>
    /// <param name="session">Of which session.</param>
    /// <param name="target">Which one of its kind.</param>
    /// <param name="life">For how long.</param>
    public IResult Make(LinkKind kind, IServedSession session, string target, TimeSpan life) =>
        Results.Json(Sign(kind, session, target, life), LinkJson.Default.LinkAnswer);

    /// <summary>Makes a link.</summary>
    /// <param name="kind">What it opens.</param>
    /// <param name="session">Of which session.</param>
    /// <param name="target">Which one of its kind.</param>
    /// <param name="life">For how long.</param>
    public LinkAnswer Sign(LinkKind kind, IServedSession session, string target, TimeSpan life)
    {
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        var until = DateTimeOffset.FromUnixTimeSeconds(
            (time.GetUtcNow() + life).ToUnixTimeSeconds()
        );
        var link = new SignedLink(kind, session.Id, ns, name, target, until);
        return new(kind.Path() + link.Sign(key.Bytes), until);
    }

    /// <summary>Finds the session of a link that is good for now; whether the target is there is left to the caller.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async ValueTask<OpenedLink> OpenAsync(LinkKind kind, string token, CancellationToken ct)
    {
        if (desk.Current is not { } tenure)
            return Refused(Problems.NoLease());
        if (
            !SignedLink.TryVerify(kind, token, key.Bytes, out var link)
            || link.ExpiresAt <= time.GetUtcNow()
        )
            return Refused(Problems.NoLink());
        if (tenure.Host.Find(link.Namespace, link.Name) is not { } session)
            return Refused(
                await access.LocateAsync(
                    tenure,
                    link.Namespace,
                    link.Name,
                    missing: Problems.NoLink(),
                    ct
                )
            );
        return session.Id == link.Session && session.Wanted.Desired == DesiredState.Active
            ? new(link, new(tenure, session), null)
            : Refused(Problems.NoLink());
    }

    private static OpenedLink Refused(ProblemAnswer why) => new(null!, null!, why);
}
