namespace WaOperator.WhatsApp;

/// <summary>
/// Says whether a session may act now. Each stanza asks immediately before it is written, and each write to the store;
/// only the transport's keepalive does not. While the gate is closed inbound stanzas are held unacknowledged.
/// One gate may serve any number of sessions.
/// </summary>
internal interface IActGate
{
    /// <summary>True while acting is allowed. Asked often: must be cheap and never block.</summary>
    bool MayAct { get; }

    /// <summary>Completes when <see cref="MayAct"/> is true (at once if it is already).</summary>
    Task WaitUntilOpenAsync(CancellationToken ct);
}

/// <summary>A gate that is always open: for programs that own their only session.</summary>
internal sealed class OpenGate : IActGate
{
    /// <summary>The only instance.</summary>
    public static OpenGate Instance { get; } = new();

    private OpenGate() { }

    /// <inheritdoc/>
    public bool MayAct => true;

    /// <inheritdoc/>
    public Task WaitUntilOpenAsync(CancellationToken ct) => Task.CompletedTask;
}
