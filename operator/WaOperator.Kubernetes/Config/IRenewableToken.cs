using k8s.Authentication;

namespace WaOperator.Kubernetes.Config;

/// <summary>A source of bearer tokens that can be asked for another one before its time.</summary>
internal interface IRenewableToken : ITokenProvider
{
    /// <summary>The server refused <paramref name="token"/>. True when there is another one to try now.</summary>
    Task<bool> TryRenewAsync(string token, CancellationToken ct);
}
