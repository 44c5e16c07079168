using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using WaOperator.Api.Egress;
using WaOperator.Store;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>The connections of a webhook that has certificates of its own.</summary>
internal sealed class WebhookLine : IDisposable
{
    private readonly X509Certificate2? _identity;

    /// <param name="rules">Where it may connect to.</param>
    /// <param name="authorities">Authorities (PEM) that are trusted if the webhook names none; null: the system's.</param>
    /// <param name="tls">The certificates.</param>
    /// <exception cref="CryptographicException">They cannot be used.</exception>
    public WebhookLine(EgressRules rules, string? authorities, WebhookTls tls)
    {
        SslStreamCertificateContext? shown = null;
        if (tls is { Certificate: { } pem, Key: { } key })
        {
            _identity = Read(pem, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(pem);
            // Those between it and its authority are as they were given: none is fetched.
            shown = SslStreamCertificateContext.Create(_identity, chain, offline: true);
        }
        Http = EgressHttp.Create(rules, caPem: tls.Authorities ?? authorities, identity: shown);
    }

    /// <summary>What requests are sent by.</summary>
    public HttpClient Http { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Http.Dispose();
        _identity?.Dispose();
    }

    private static X509Certificate2 Read(string pem, byte[] key)
    {
        var text = new char[Encoding.ASCII.GetCharCount(key)];
        try
        {
            Encoding.ASCII.GetChars(key, text);
            return X509Certificate2.CreateFromPem(pem, text);
        }
        finally
        {
            Array.Clear(text);
        }
    }
}
