using System.Diagnostics.CodeAnalysis;
using WaOperator.SessionPod.Lease;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Writes how far webhooks are: all that came together within a moment in one transaction. What is lost of it costs a second post of
/// the same events, by the same ids.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing."
)]
internal sealed partial class CursorBook(
    WebhookWrites writes,
    ActGate gate,
    TimeProvider time,
    ILogger<CursorBook> logger
)
{
    /// <summary>How long steps are gathered.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>How long steps are gathered over events that were only passed over: they are not posted twice.</summary>
    public static readonly TimeSpan Lazily = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _turn = new();
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private readonly Dictionary<(long Webhook, long Session), Step> _steps = [];
    private Dictionary<(long Webhook, long Session), Step> _writing = [];
    private TaskCompletionSource _some = New();
    private bool _away;

    /// <summary>Told of sessions that another shard owns by now.</summary>
    public Action<OwnedSession> Fenced { get; set; } = static _ => { };

    /// <summary>A webhook is done with all up to an event.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="session">The session.</param>
    /// <param name="seq">The event's number.</param>
    /// <param name="lazily">Nothing was posted since.</param>
    public void Note(long webhook, OwnedSession session, long seq, bool lazily)
    {
        var due = time.GetUtcNow() + (lazily ? Lazily : Every);
        lock (_turn)
        {
            var key = (webhook, session.SessionId);
            if (_steps.TryGetValue(key, out var known))
            {
                if (known.Session.Epoch > session.Epoch)
                    return;
                if (known.Due < due)
                    due = known.Due;
            }
            _steps[key] = new(session, seq, due);
            _some.TrySetResult();
        }
    }

    /// <summary>How far a webhook is in a session by what is not known as written yet; 0: nothing is.</summary>
    public long Latest(long webhook, long session)
    {
        lock (_turn)
            return Math.Max(
                _steps.GetValueOrDefault((webhook, session)).Seq,
                _writing.GetValueOrDefault((webhook, session)).Seq
            );
    }

    /// <summary>Writes until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            Task some;
            lock (_turn)
            {
                if (_steps.Count == 0 && _some.Task.IsCompleted)
                    _some = New();
                some = _some.Task;
            }
            await some.WaitAsync(ct);
            await Task.Delay(Every, time, ct);
            try
            {
                await FlushAsync(time.GetUtcNow(), ct);
            }
            catch (Exception e) when (DatabaseFailure.IsAway(e))
            {
                if (!_away)
                    Log.Failed(logger, e.Message);
                _away = true;
                await Task.Delay(RetryAfter, time, ct);
            }
        }
    }

    /// <summary>Writes all that is due by a time.</summary>
    public async Task FlushAsync(DateTimeOffset due, CancellationToken ct)
    {
        await _flushing.WaitAsync(ct);
        try
        {
            while (Take(due) is { Count: > 0 } taken)
                await WriteAsync(taken, ct);
        }
        finally
        {
            _flushing.Release();
        }
    }

    private async Task WriteAsync(
        Dictionary<(long Webhook, long Session), Step> taken,
        CancellationToken ct
    )
    {
        try
        {
            await gate.WaitUntilOpenAsync(ct);
            var fenced = await writes.AdvanceAsync(
                [.. taken.Select(t => new CursorMove(t.Key.Webhook, t.Value.Session, t.Value.Seq))],
                ct
            );
            _away = false;
            foreach (var session in taken.Values.Select(s => s.Session).Distinct())
                if (fenced.Contains(session.SessionId))
                    Fenced(session);
        }
        catch
        {
            PutBack(taken);
            throw;
        }
        finally
        {
            lock (_turn)
                _writing = [];
        }
    }

    private Dictionary<(long Webhook, long Session), Step> Take(DateTimeOffset due)
    {
        lock (_turn)
        {
            foreach (var (key, step) in _steps)
                if (step.Due <= due && _writing.Count < WebhookWrites.MaxMoves)
                    _writing[key] = step;
            foreach (var key in _writing.Keys)
                _steps.Remove(key);
            return _writing;
        }
    }

    private void PutBack(Dictionary<(long Webhook, long Session), Step> taken)
    {
        lock (_turn)
        {
            foreach (var (key, step) in taken)
                // One that came meanwhile is further, or of a newer epoch.
                _steps.TryAdd(key, step);
            _some.TrySetResult();
        }
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly record struct Step(OwnedSession Session, long Seq, DateTimeOffset Due);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CursorBookFailed,
            LogLevel.Warning,
            "how far webhooks are could not be written; tried again: {Error}"
        )]
        public static partial void Failed(ILogger logger, string error);
    }
}
