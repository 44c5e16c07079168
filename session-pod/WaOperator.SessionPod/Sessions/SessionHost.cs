using System.Collections.Concurrent;
using System.Data.Common;
using WaOperator.SessionPod.Ownership;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Sessions;

/// <summary>A session that this shard owns.</summary>
internal sealed class HostedSession(ISessionRunner runner)
{
    /// <summary>Runs it.</summary>
    public ISessionRunner Runner { get; } = runner;

    /// <summary>Namespace and name of its resource.</summary>
    public (string Namespace, string Name) Name { get; set; } =
        (runner.Wanted.Namespace, runner.Wanted.Name);

    /// <summary>Completes when it is closed and given back.</summary>
    public Task Done { get; set; } = Task.CompletedTask;
}

/// <summary>The sessions of one tenure.</summary>
/// <param name="context">What they share.</param>
/// <param name="runners">Makes the runner of each.</param>
/// <param name="releases">Gives them back.</param>
/// <param name="claimAgain">Called when one that is placed here has ended and is to be claimed at once.</param>
/// <param name="logger">Where failures are logged.</param>
internal sealed partial class SessionHost(
    SessionContext context,
    RunnerFactory runners,
    ReleaseQueue releases,
    Action claimAgain,
    ILogger<SessionHost> logger
)
{
    private readonly ConcurrentDictionary<long, HostedSession> _sessions = new();
    private readonly ConcurrentDictionary<(string Namespace, string Name), HostedSession> _names =
        new();

    /// <summary>All sessions by key, those that are just leaving too.</summary>
    public IReadOnlyDictionary<long, HostedSession> Sessions => _sessions;

    /// <summary>A session by the name of its resource; null if it is not run here.</summary>
    public IServedSession? Find(string ns, string name) =>
        _names.GetValueOrDefault((ns, name))?.Runner.Served;

    /// <summary>Runs a session that was just claimed.</summary>
    public void Start(Assignment wanted, long epoch, SessionState? before)
    {
        var hosted = new HostedSession(runners(context, wanted, epoch, before));
        if (!_sessions.TryAdd(wanted.Id, hosted))
            throw new InvalidOperationException($"session {wanted.Id} runs already");
        _names[hosted.Name] = hosted;
        context.Messages.Due.Claimed(wanted.Id);
        context.Messages.Broadcasts.Call(wanted.Id);
        hosted.Done = Task.Run(() => HostAsync(hosted));
    }

    /// <summary>The operator wants something else of a session.</summary>
    public void Update(Assignment wanted)
    {
        if (!_sessions.TryGetValue(wanted.Id, out var hosted))
            return;
        hosted.Runner.Update(wanted);
        // Its row was adopted by a resource of another name.
        if (hosted.Name != (wanted.Namespace, wanted.Name))
        {
            _names.TryRemove(new(hosted.Name, hosted));
            _names[hosted.Name = (wanted.Namespace, wanted.Name)] = hosted;
        }
    }

    /// <summary>The session is placed elsewhere: closes, persists and gives it back in the background.</summary>
    public void Leave(long id)
    {
        if (_sessions.TryGetValue(id, out var hosted))
            hosted.Runner.BeginClose();
    }

    /// <summary>Closes all connections; each is dialled again once the gate is open.</summary>
    public void ReconnectAll()
    {
        foreach (var hosted in _sessions.Values)
            hosted.Runner.Reconnect();
    }

    /// <summary>Closes all sessions in parallel. Complete when each is closed, persisted and given back.</summary>
    public Task CloseAllAsync()
    {
        foreach (var hosted in _sessions.Values)
            hosted.Runner.BeginClose();
        return Task.WhenAll(_sessions.Values.Select(h => h.Done));
    }

    private async Task HostAsync(HostedSession hosted)
    {
        var runner = hosted.Runner;
        try
        {
            await runner.RunAsync();
        }
        catch (Exception e)
        {
            // Its socket is closed: given back, it is claimed again by the next look at the placement.
            Log.Failed(logger, runner.Id, e);
        }
        if (!runner.Lost && !context.Dropped.IsCancellationRequested)
            await GiveBackAsync(runner);
        runner.Forget();
        // Another session may have the name of one that is being deleted.
        _names.TryRemove(new(hosted.Name, hosted));
        _sessions.TryRemove(new(runner.Id, hosted));
        context.Messages.Events.End(runner.Id);
        if (runner.InDoubt)
            claimAgain();
    }

    private async Task GiveBackAsync(ISessionRunner runner)
    {
        try
        {
            await runner.ReportReleasedAsync();
        }
        catch (SessionLostException)
        {
            return;
        }
        catch (DbException e)
        {
            Log.NotReported(logger, runner.Id, e.Message);
        }
        await releases.ReleaseAsync(new OwnedSession(runner.Id, runner.Epoch));
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionHostFailed,
            LogLevel.Error,
            "session {SessionId} failed; it is claimed again"
        )]
        public static partial void Failed(ILogger logger, long sessionId, Exception e);

        [LoggerMessage(
            EventIds.SessionHostNotReported,
            LogLevel.Warning,
            "session {SessionId} is given back without a report: {Error}"
        )]
        public static partial void NotReported(ILogger logger, long sessionId, string error);
    }
}
