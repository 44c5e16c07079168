namespace WaOperator.Gateway.Forwarding;

/// <summary>The connections to pods, for as long as the gateway runs.</summary>
internal sealed class PodLink : IDisposable
{
    /// <summary>What requests are sent by.</summary>
    public HttpMessageInvoker Client { get; } = PodClient.Create();

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
