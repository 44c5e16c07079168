using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Looks up where sessions are, one question at a time: what is asked for meanwhile goes into the next one. However many requests come,
/// PostgreSQL is asked no faster than it answers.
/// </summary>
/// <param name="read">Reads the places of those that exist.</param>
internal sealed class PlaceBatch(
    Func<IReadOnlyCollection<SessionName>, Task<IReadOnlyDictionary<SessionName, ServedPlace>>> read
)
{
    private const int MostAtOnce = 1_000;
    private readonly Lock _turn = new();
    private Dictionary<SessionName, TaskCompletionSource<ServedPlace?>> _next = [];
    private bool _asking;

    /// <summary>Where a session is served; null if there is none of that name.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public Task<ServedPlace?> AskAsync(SessionName session, CancellationToken ct)
    {
        Task<ServedPlace?> answer;
        lock (_turn)
        {
            if (!_next.TryGetValue(session, out var waiting))
                _next[session] = waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
            answer = waiting.Task;
            if (!_asking)
            {
                _asking = true;
                _ = Task.Run(AskAllAsync, CancellationToken.None);
            }
        }
        return answer.WaitAsync(ct);
    }

    private async Task AskAllAsync()
    {
        while (Take() is { } batch)
        {
            foreach (var part in batch.Chunk(MostAtOnce))
                await AnswerAsync(part);
        }
    }

    private Dictionary<SessionName, TaskCompletionSource<ServedPlace?>>? Take()
    {
        lock (_turn)
        {
            var batch = _next;
            _next = [];
            _asking = batch.Count > 0;
            return _asking ? batch : null;
        }
    }

    private async Task AnswerAsync(
        KeyValuePair<SessionName, TaskCompletionSource<ServedPlace?>>[] batch
    )
    {
        try
        {
            var places = await read([.. batch.Select(b => b.Key)]);
            foreach (var (session, waiting) in batch)
                waiting.SetResult(places.GetValueOrDefault(session));
        }
        catch (Exception e)
        {
            // Each waiter gets the exception; some may have been cancelled.
            foreach (var (_, waiting) in batch)
            {
                waiting.TrySetException(e);
                _ = waiting.Task.Exception;
            }
        }
    }
}
