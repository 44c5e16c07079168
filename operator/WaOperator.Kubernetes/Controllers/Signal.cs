namespace WaOperator.Kubernetes.Controllers;

/// <summary>
/// Something to watch that is not an object of the API server, such as what a loop found out in a database: a channel source in
/// controller-runtime. Its owner emits; those that it wakes subscribe.
/// </summary>
/// <typeparam name="T">What happened, or to what.</typeparam>
public sealed class Signal<T>
{
    private readonly Lock _lock = new();
    private volatile Action<T>[] _listeners = [];

    /// <summary>Calls <paramref name="listener"/> from now on, on the emitter's thread: it must be quick and must not block.</summary>
    public void Subscribe(Action<T> listener)
    {
        lock (_lock)
            _listeners = [.. _listeners, listener];
    }

    /// <summary>Calls all listeners, in the order in which they subscribed.</summary>
    public void Emit(T what)
    {
        foreach (var listener in _listeners)
            listener(what);
    }
}
