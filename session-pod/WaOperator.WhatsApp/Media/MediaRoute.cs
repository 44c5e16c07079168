using System.Collections.Concurrent;
using Polly;
using Polly.CircuitBreaker;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// A way to the media hosts: directly, or through one proxy. The circuits of its hosts belong to it, so that a tenant's
/// broken proxy closes no host to another tenant.
/// </summary>
internal sealed class MediaRoute(HttpClient http, MediaResilience resilience) : IDisposable
{
    /// <summary>More hosts than WhatsApp names; a server that names ever new ones makes it forget.</summary>
    private const int MaxHosts = 256;

    private readonly ConcurrentDictionary<string, ResiliencePipeline<HostTry>> _circuits = new(
        StringComparer.OrdinalIgnoreCase
    );

    public HttpClient Http => http;

    /// <summary>Asks a host, unless it failed too often of late.</summary>
    public async ValueTask<HostTry> TryAsync(
        string host,
        Func<CancellationToken, ValueTask<HostTry>> request,
        CancellationToken ct
    )
    {
        if (_circuits.Count >= MaxHosts)
            _circuits.Clear();
        var circuit = _circuits.GetOrAdd(host, static (_, r) => r.Circuit(), resilience);
        try
        {
            return await circuit.ExecuteAsync(static (state, token) => state(token), request, ct);
        }
        catch (BrokenCircuitException)
        {
            return HostTry.Refused(
                $"it failed too often, and is left alone for {MediaResilience.CircuitBreak.TotalSeconds:0} s"
            );
        }
    }

    public void Dispose() => http.Dispose();
}
