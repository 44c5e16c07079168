using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WaOperator.WhatsApp.Transport;

/// <summary>HTTP handlers that trust and go as the options say.</summary>
internal static class HttpHandlers
{
    /// <summary>A handler without cookies, redirects and ambient proxies.</summary>
    /// <param name="proxy">Through which proxy; null for none.</param>
    /// <param name="trust">Whom TLS trusts.</param>
    /// <param name="allow">Where the proxy may be; null: anywhere.</param>
    public static SocketsHttpHandler Create(
        ProxyAddress? proxy,
        X509ChainPolicy trust,
        Predicate<IPAddress>? allow
    )
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = proxy is not null,
            ActivityHeadersPropagator = null,
        };
        if (proxy is not null)
        {
            handler.Proxy = new WebProxy(proxy.Server) { Credentials = CredentialsOf(proxy) };
            if (allow is not null)
                handler.ConnectCallback = (context, ct) =>
                    ProxyConnection.OpenAsync(proxy, context.DnsEndPoint, allow, ct);
        }
        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust };
        return handler;
    }

    /// <summary>
    /// HTTP proxies get them by Basic alone, whatever else they offer: Negotiate would ask the network for a Kerberos realm, past the
    /// proxy.
    /// </summary>
    private static ICredentials? CredentialsOf(ProxyAddress proxy) =>
        proxy.Credentials is { } credentials && proxy.Scheme[0] == 'h'
            ? new CredentialCache { { proxy.Server, "Basic", credentials } }
            : proxy.Credentials;

    /// <summary>A handler for a single connection, which is lent to it.</summary>
    /// <param name="proxy">Through which proxy; null for none.</param>
    /// <param name="trust">Whom TLS trusts.</param>
    /// <param name="allow">Where the proxy may be; null: anywhere.</param>
    /// <param name="lend">Gets the connection, inside of TLS and of the proxy's tunnel, and says what the handler gets of it.</param>
    /// <param name="steps">Is told how far the way through the proxy came.</param>
    public static SocketsHttpHandler CreateForOne(
        ProxyAddress? proxy,
        X509ChainPolicy trust,
        Predicate<IPAddress>? allow,
        Func<Stream, Stream> lend,
        ProxySteps steps
    )
    {
        var handler = Create(proxy, trust, allow);
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        handler.PlaintextStreamFilter = (connection, _) =>
        {
            if (connection.InitialRequestMessage.Method == HttpMethod.Connect)
            {
                steps.Asked = true;
                return ValueTask.FromResult(connection.PlaintextStream);
            }
            steps.Through = true;
            return ValueTask.FromResult(lend(connection.PlaintextStream));
        };
        return handler;
    }

    /// <summary>Trusts these authorities only; null: those of the system.</summary>
    /// <exception cref="ArgumentException">They are no PEM certificates.</exception>
    public static X509ChainPolicy Trust(string? pem)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            // A tenant's proxy may answer with a certificate that says where its issuer is had: the pod asks nowhere.
            DisableCertificateDownloads = true,
        };
        if (pem is null)
            return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        try
        {
            policy.CustomTrustStore.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new ArgumentException(
                "The TLS certificate authorities are damaged: PEM certificates are expected.",
                nameof(pem),
                e
            );
        }
        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new ArgumentException(
                "The TLS certificate authorities hold no PEM certificate.",
                nameof(pem)
            );
    }
}
