using WaOperator.SessionPod.Messages;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// Asks whether a tenant's messages are within its limits, many in one call: while one is on its way, those that come wait for the next.
/// </summary>
internal sealed class QuotaLine(long tenant, TenantQuotas quotas, MessageContext context)
{
    private const int MaxBatch = 256;
    private readonly Lock _turn = new();
    private readonly Queue<Asked> _waiting = [];
    private bool _asking;

    /// <summary>Asks for one message, and counts it if it may be sent.</summary>
    public Task<QuotaAnswer> TakeAsync(RecordName recipient, MessageLimits limits)
    {
        var asked = new Asked(recipient, limits);
        lock (_turn)
        {
            _waiting.Enqueue(asked);
            if (_asking)
                return asked.Answer.Task;
            _asking = true;
        }
        _ = Task.Run(AskAsync);
        return asked.Answer.Task;
    }

    private async Task AskAsync()
    {
        while (Next() is { Count: > 0 } batch)
            try
            {
                var answers = await context.ReadAsync(
                    c =>
                        quotas.TakeAsync(
                            tenant,
                            [.. batch.Select(a => a.Recipient)],
                            // Those that came last know the present limits.
                            batch[^1].Limits,
                            c
                        ),
                    context.Ended
                );
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Answer.SetResult(answers[i]);
            }
            catch (Exception e)
            {
                // Each that asked is told.
                foreach (var asked in batch)
                    asked.Answer.TrySetException(e);
            }
    }

    private List<Asked> Next()
    {
        var batch = new List<Asked>();
        lock (_turn)
        {
            while (batch.Count < MaxBatch && _waiting.TryDequeue(out var asked))
                batch.Add(asked);
            _asking = batch.Count > 0;
        }
        return batch;
    }

    private sealed record Asked(RecordName Recipient, MessageLimits Limits)
    {
        public TaskCompletionSource<QuotaAnswer> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
