using WaOperator.Store.Hints;

namespace WaOperator.Operator.Leading;

/// <summary>No Redis was given: everything is found by polling.</summary>
internal sealed class NoHints : IHints
{
    /// <inheritdoc/>
    public bool IsConnected => false;

    /// <inheritdoc/>
    public void Publish(string channel) { }

    /// <inheritdoc/>
    public void Subscribe(string channel, Action handler) { }
}
