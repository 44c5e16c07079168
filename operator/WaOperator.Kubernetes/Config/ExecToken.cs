using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using k8s.Authentication;
using k8s.KubeConfigModels;

namespace WaOperator.Kubernetes.Config;

/// <summary>
/// Tokens of a credential plugin. The library runs it, and again before its token expires; here it also runs again when the
/// server refuses the token.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "The semaphore has no handle unless one is asked for; the library's configuration disposes no provider."
)]
internal sealed class ExecToken(ExternalExecution plugin) : IRenewableToken
{
    // One run at a time, however many requests wait for it.
    private readonly SemaphoreSlim _running = new(1, 1);
    private ExecTokenProvider _provider = new(plugin);

    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken ct)
    {
        await _running.WaitAsync(ct);
        try
        {
            return await _provider.GetAuthenticationHeaderAsync(ct);
        }
        finally
        {
            _running.Release();
        }
    }

    public async Task<bool> TryRenewAsync(string token, CancellationToken ct)
    {
        await _running.WaitAsync(ct);
        try
        {
            // Another request may have brought a new one already.
            if ((await _provider.GetAuthenticationHeaderAsync(ct)).Parameter != token)
                return true;
            _provider = new(plugin);
            return (await _provider.GetAuthenticationHeaderAsync(ct)).Parameter != token;
        }
        finally
        {
            _running.Release();
        }
    }
}
