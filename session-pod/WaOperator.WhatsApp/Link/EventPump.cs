namespace WaOperator.WhatsApp.Link;

/// <summary>Delivers events one at a time and in order, away from the stacks and locks of those who raise them.</summary>
internal sealed class EventPump(Func<ClientEvent, ValueTask> onEvent, Action<Exception> failed)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    public void Raise(ClientEvent raised)
    {
        lock (_lock)
            _last = DeliverAsync(_last, raised);
    }

    /// <summary>Completes when all events raised so far have been handled.</summary>
    public Task Delivered
    {
        get
        {
            lock (_lock)
                return _last;
        }
    }

    private async Task DeliverAsync(Task previous, ClientEvent raised)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await onEvent(raised);
        }
        catch (Exception e)
        {
            failed(e);
        }
    }
}
