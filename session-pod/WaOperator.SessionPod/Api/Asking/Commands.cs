using WaOperator.Api;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>Asks WhatsApp's server for a request, and waits for the answer.</summary>
/// <param name="social">What the session's connection does.</param>
/// <param name="ct">Cancelled when the time is up or the client has gone.</param>
internal delegate Task<IResult> Command(ISocialTransport social, CancellationToken ct);

/// <summary>
/// Runs what requests want done by a session's connection at once: so many at a time, each within a time limit, failures in words.
/// Nothing of it is stored: a change whose answer did not come may have been made, and is never tried again by itself.
/// </summary>
internal sealed class Commands(PodOptions options, TimeProvider time)
{
    private readonly CommandShares _shares = new(
        options.MaxCommands,
        options.MaxTenantCommands,
        options.MaxSessionCommands
    );

    /// <summary>Runs one that changes nothing, and so may be tried again whatever happened.</summary>
    public Task<IResult> AskAsync(HttpContext http, Command command) =>
        RunAsync(http, command, changes: false);

    /// <summary>Runs one that changes something.</summary>
    public Task<IResult> ChangeAsync(HttpContext http, Command command) =>
        RunAsync(http, command, changes: true);

    private async Task<IResult> RunAsync(HttpContext http, Command command, bool changes)
    {
        var (tenant, session) = (http.OpenedSession().Tenant, http.OpenedSession().Session);
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        if (!session.State.Paired)
            return Problems.NotLinked(ns, name, session.State.Phase.ToString());
        if (session.Social is not { } social)
            return Problems.NotConnected(ns, name, session.State.Phase.ToString());
        if (_shares.Enter(tenant, session.Id) is { } full)
            return Problems.TooManyCommands(full);
        using var limit = new CancellationTokenSource(options.CommandLimit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            limit.Token
        );
        try
        {
            return await command(social, end.Token);
        }
        catch (QueryRefusedException e)
        {
            return Refusals.Of(e);
        }
        catch (AccountStateException e)
        {
            return e.WaitsForPhone
                ? Problems.AwaitingPhone(ns, name)
                : Problems.StateUnreadable(ns, name);
        }
        catch (NotConnectedException)
        {
            return Problems.NotConnected(ns, name, session.State.Phase.ToString());
        }
        catch (Exception e)
            when (e is TimeoutException or OperationCanceledException
                && !http.RequestAborted.IsCancellationRequested
            )
        {
            return changes ? Problems.MaybeDone()
                : e is TimeoutException || limit.IsCancellationRequested
                    ? Problems.NoAnswer(options.CommandLimit)
                : Problems.NotConnected(ns, name, session.State.Phase.ToString());
        }
        finally
        {
            _shares.Leave(tenant, session.Id);
        }
    }
}
