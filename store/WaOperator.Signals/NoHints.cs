namespace WaOperator.Signals;

/// <summary>No Redis is configured: the slow polls do it alone.</summary>
public sealed class NoHints : IHints
{
    /// <inheritdoc/>
    public bool IsConnected => false;

    /// <inheritdoc/>
    public RedisFault? Fault => null;

    /// <inheritdoc/>
    public void Publish(string channel)
    {
        // No other program listens.
    }

    /// <inheritdoc/>
    public void Subscribe(string channel, Action handler)
    {
        // No other program publishes.
    }
}
