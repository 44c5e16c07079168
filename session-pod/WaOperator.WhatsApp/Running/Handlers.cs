namespace WaOperator.WhatsApp.Running;

/// <summary>Handlers of a kind of things, in the order in which they were added. They may be added at any time.</summary>
internal sealed class Handlers<TBase>
    where TBase : class
{
    private readonly Lock _lock = new();
    private volatile Handler[] _all = [];

    public void Add<T>(Func<T, CancellationToken, Task> handler)
        where T : TBase
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_lock)
            _all = [.. _all, new(typeof(T), (value, ct) => handler((T)value, ct))];
    }

    /// <summary>Those that want this one.</summary>
    public IEnumerable<Func<TBase, CancellationToken, Task>> For(TBase value) =>
        _all.Where(handler => handler.Of.IsInstanceOfType(value)).Select(handler => handler.Run);

    private sealed record Handler(Type Of, Func<TBase, CancellationToken, Task> Run);
}
