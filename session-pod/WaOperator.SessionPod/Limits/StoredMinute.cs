using WaOperator.SessionPod.Messages;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>Counts in PostgreSQL, where no Redis is set up: exact, and a look-up for each batch.</summary>
internal sealed class StoredMinute(long tenant, TenantQuotas quotas, MessageContext context)
    : IMinuteCounter
{
    /// <inheritdoc/>
    public Task<WindowAnswer> TakeAsync(int limit, int asked) =>
        context.ReadAsync(ct => quotas.TakeMinuteAsync(tenant, limit, asked, ct), context.Ended);
}
