using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Client;

/// <summary>The messenger of a connection: made when it is first needed, so that idle sessions cost nothing for it.</summary>
/// <param name="store">Keeps messages; null: there is no messenger, and messages wait at the server.</param>
/// <param name="takesHistory">Whether something of the account's past may be due from an earlier connection.</param>
/// <param name="make">Makes the messenger; the task completes when new messages may go out.</param>
/// <param name="ended">Cancelled when the connection has ended.</param>
internal sealed class Messaging(
    IMessageStore? store,
    bool takesHistory,
    Func<IMessageStore, Task, Messenger> make,
    CancellationToken ended
) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _readyToSend = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private Messenger? _messenger;

    /// <summary>The messenger; null where nothing keeps messages.</summary>
    public Messenger? Messenger
    {
        get
        {
            if (_messenger is not null || store is null)
                return _messenger;
            lock (_lock)
                return _messenger ??= make(store, _readyToSend.Task);
        }
    }

    /// <summary>The messenger, if anything has asked for it.</summary>
    public Messenger? Started => Volatile.Read(ref _messenger);

    /// <summary>Sends again what the server has not answered; then new messages may go out.</summary>
    public async Task ResumeAsync()
    {
        if (store is null)
            return;
        IReadOnlyList<OutboundMessage> unacked;
        var isDue = false;
        try
        {
            unacked = await store.LoadUnackedAsync(ended);
            if (takesHistory)
                isDue = (await store.LoadAsync([HistoryRecords.Due], ended))[0] is not null;
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !ended.IsCancellationRequested)
        {
            throw new StoreFailedException(e);
        }
        if (unacked.Count > 0)
            await Messenger!.ResumeAsync(unacked);
        // The messenger takes what is due by itself, but nothing else may ask for one on this connection.
        else if (isDue)
            _ = Messenger;
        _readyToSend.TrySetResult();
    }

    public void Dispose() => _messenger?.Dispose();
}
