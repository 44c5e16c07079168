using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>
/// Does what a request wants done with members, one list after the other. Once something was done, a failure no longer fails the request:
/// it stands with those whom it concerns.
/// </summary>
internal static class MemberSteps
{
    /// <summary>Does them.</summary>
    /// <exception cref="QueryRefusedException">The first was refused as a whole: nothing was done.</exception>
    public static async Task<List<MemberOutcome>> RunAsync(
        IReadOnlyList<(string Action, string Done, IReadOnlyList<Jid> Members)> steps,
        Func<int, Task<IReadOnlyList<MemberChange>>> ask
    )
    {
        List<MemberOutcome> outcomes = [];
        string? stopped = null;
        for (var i = 0; i < steps.Count; i++)
        {
            var (action, done, members) = steps[i];
            if (stopped is not null)
            {
                outcomes.AddRange(Outcomes.OfAll(members, action, "failed", stopped));
                continue;
            }
            try
            {
                outcomes.AddRange(Outcomes.OfChange(members, action, done, await ask(i)));
            }
            catch (QueryRefusedException e) when (i > 0)
            {
                outcomes.AddRange(Outcomes.OfAll(members, action, "failed", Refusals.Words(e)));
            }
            catch (NotConnectedException e) when (i > 0)
            {
                outcomes.AddRange(Outcomes.OfAll(members, action, "failed", e.Message));
                stopped = e.Message;
            }
            catch (Exception e)
                when (i > 0 && e is (TimeoutException or OperationCanceledException))
            {
                outcomes.AddRange(
                    Outcomes.OfAll(members, action, "unknown", "WhatsApp did not answer in time")
                );
                stopped = "it was not tried, since WhatsApp did not answer what came before";
            }
        }
        return outcomes;
    }

    /// <summary>An action in the words of the API.</summary>
    public static (string Action, string Done) Words(MemberAction action) =>
        action switch
        {
            MemberAction.Add => ("add", "added"),
            MemberAction.Remove => ("remove", "removed"),
            MemberAction.Promote => ("promote", "promoted"),
            _ => ("demote", "demoted"),
        };
}
