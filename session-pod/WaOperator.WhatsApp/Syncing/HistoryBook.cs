using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>What is due of the history, and what is given to the store. Each change is durable when its task completes.</summary>
internal sealed class HistoryBook(RecordCache cache, Committer committer)
{
    /// <summary>What is due, oldest first.</summary>
    public async Task<HistoryDue> DueAsync()
    {
        using var pin = await cache.PinAsync(HistoryRecords.Due);
        return pin[0].Value as HistoryDue ?? HistoryDue.None;
    }

    /// <summary>An announcement; null: it is damaged.</summary>
    public async Task<HistorySyncNotification?> NoteAsync(string id)
    {
        using var pin = await cache.PinAsync(HistoryRecords.Note(id));
        return (pin[0].Value as HistoryNote)?.Announced;
    }

    /// <summary>An announcement that is durable waits for its turn in the store, and not in memory.</summary>
    public void Put(string id) => cache.Forget(HistoryRecords.Note(id));

    /// <summary>Gives a batch to the store.</summary>
    /// <param name="id">The announcement.</param>
    /// <param name="batch">The batch; null: only how far it is.</param>
    /// <param name="taken">How many entries of the part are durable with it.</param>
    public async Task GiveAsync(string id, HistoryBatch? batch, int taken)
    {
        using var pin = await cache.PinAsync(HistoryRecords.Due);
        await committer.CommitAsync(
            pin.Slots,
            step =>
            {
                var due = pin[0].Value as HistoryDue ?? HistoryDue.None;
                step.Set(pin[0], due.WithTaken(id, taken));
                if (batch is not null)
                    step.Add(batch);
            }
        );
    }

    /// <summary>A part is done with: nothing of it is due from the commit on that holds its last batch.</summary>
    /// <param name="id">The announcement.</param>
    /// <param name="last">The last batch; null: none is left.</param>
    /// <param name="told">What is told of it; null: nothing.</param>
    public async Task FinishAsync(string id, HistoryBatch? last, HistorySynced? told)
    {
        using var pin = await cache.PinAsync([HistoryRecords.Due, HistoryRecords.Note(id)]);
        await committer.CommitAsync(
            pin.Slots,
            step =>
            {
                step.Set(pin[0], (pin[0].Value as HistoryDue)?.Without(id));
                step.Set(pin[1], null);
                if (last is not null)
                    step.Add(last);
                if (told is not null)
                    step.Add(told);
            }
        );
    }
}
