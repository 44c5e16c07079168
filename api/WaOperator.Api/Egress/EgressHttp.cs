using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace WaOperator.Api.Egress;

/// <summary>A host that a tenant named may not be connected to.</summary>
/// <param name="message">Why, for the tenant.</param>
internal sealed class EgressRefusedException(string message) : Exception(message);

/// <summary>
/// Requests to hosts that tenants name. A name is resolved when the connection is made, and the connection goes to the address that was
/// checked: an answer that changes in between changes nothing. Follows no redirect, uses no proxy of the environment, keeps no cookies.
/// </summary>
internal static class EgressHttp
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);
    private const int MaxHeadersKiB = 32;

    /// <summary>A client, to be shared and kept. It has no time limit of its own.</summary>
    /// <param name="rules">Where it may connect to.</param>
    /// <param name="resolve">Finds the addresses of a name; null: as the system does.</param>
    /// <param name="caPem">Certificate authorities (PEM) that are trusted in place of the system's; null: those.</param>
    /// <param name="identity">The certificate that hosts are shown which ask for one; null for none.</param>
    public static HttpClient Create(
        EgressRules rules,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        string? caPem = null,
        SslStreamCertificateContext? identity = null
    )
    {
        resolve ??= Dns.GetHostAddressesAsync;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLife,
            MaxResponseHeadersLength = MaxHeadersKiB,
            // What is left of an answer that was refused is not read.
            MaxResponseDrainSize = 0,
            ConnectCallback = (context, ct) =>
                ConnectAsync(rules, resolve, context.DnsEndPoint, ct),
        };
        handler.SslOptions.CertificateChainPolicy = Trust(caPem);
        handler.SslOptions.ClientCertificateContext = identity;
        return new(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(
        EgressRules rules,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve,
        DnsEndPoint host,
        CancellationToken ct
    )
    {
        var found = IPAddress.TryParse(host.Host, out var literal)
            ? [literal]
            : await resolve(host.Host, ct);
        var allowed = Array.FindAll(found, rules.Allow);
        if (allowed.Length == 0)
            throw new EgressRefusedException(
                found.Length == 0
                    ? $"{host.Host} has no address"
                    : $"the address of {host.Host} is not a public one"
            );
        // For both families, each address in its turn.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, host.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509ChainPolicy Trust(string? caPem)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            // A certificate that is not trusted yet may say where its issuer is had: a request past all rules.
            DisableCertificateDownloads = true,
        };
        if (caPem is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPem(caPem);
        }
        return policy;
    }
}
