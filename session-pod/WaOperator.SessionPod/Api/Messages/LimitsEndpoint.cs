using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Tells which limits hold for a session's messages, and what is left of them.</summary>
/// <param name="time">The clock.</param>
internal sealed class LimitsEndpoint(TimeProvider time)
{
    private const string To = "to";

    /// <summary>Maps the path below that of a session.</summary>
    /// <remarks>
    /// Any key will do: each send tells the same in its header fields, and one that may only read has to know why a program that sends waits.
    /// How often one account was written to is for those who may send to it.
    /// </remarks>
    public void Map(IEndpointRouteBuilder session) =>
        session
            .MapGet("/limits", GetAsync)
            .RequiringAnyKey()
            .WithName("getLimits")
            .WithSummary(
                "Get the limits that hold for the session's messages, and what is left of them"
            )
            .WithDescription(
                """
                The numbers are those of RateLimit and RateLimit-Policy. Nothing is counted. With ?to=, what is left for that recipient is told, too; that needs the scope messages:send.
                """
            )
            .Produces<LimitsAnswer>()
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(403, ProblemAnswer.MediaType);

    private async Task<IResult> GetAsync(HttpContext http, string @namespace, string name)
    {
        var opened = http.OpenedSession();
        var (tenure, session) = opened;
        var (to, wrong) = Read(http.Request.Query);
        if (wrong is not null)
            return wrong;
        if (to is not null && !await opened.MayAsync(http, ApiScopes.MessagesSend))
            return Problems.NoScope(ApiScopes.MessagesSend);
        var (limits, reading) = await tenure.Policy.LookAsync(opened.Tenant, session.Id, to);
        return Results.Json(
            LimitsAnswer.Of(
                limits,
                reading,
                await tenure.Policy.PaceAsync(opened.Tenant),
                session.Tokens,
                time.GetUtcNow()
            ),
            MessageJson.Default.LimitsAnswer
        );
    }

    /// <summary>The recipient that is asked for; null: none. Pure.</summary>
    private static (Jid? To, ProblemAnswer? Wrong) Read(IQueryCollection given)
    {
        foreach (var (name, values) in given)
            if (name != To)
                return (null, Problems.Bad($"there is no \"{name}\"; limits have to"));
            else if (values is not [{ Length: > 0 }])
                return (null, Problems.Bad(Paging.NotOnce(name)));
        try
        {
            return (given[To] is [{ } to] ? Fields.Address(to, "#/to") : null, null);
        }
        catch (BodyFaultException e)
        {
            return (null, Problems.Bad(e.Fault.Detail));
        }
    }
}
