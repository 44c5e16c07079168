using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Exceptions;

namespace WaOperator.Kubernetes.Client;

/// <summary>Opens the library's HTTP client with our times, and with its server's name checked.</summary>
internal static class Connection
{
    /// <exception cref="KubeConfigException">The client certificate or its key cannot be read, or they do not fit.</exception>
    public static k8s.Kubernetes Open(
        KubernetesClientConfiguration config,
        KubernetesClientOptions options
    )
    {
        try
        {
            return new(
                new KubernetesClientConfiguration
                {
                    Host = config.Host,
                    // Not its SslCaCerts: for them the library sets a callback that checks no host name. See Tune.
                    SkipTlsVerify = config.SkipTlsVerify,
                    ClientCertificateData = config.ClientCertificateData,
                    ClientCertificateKeyData = config.ClientCertificateKeyData,
                    ClientCertificateFilePath = config.ClientCertificateFilePath,
                    ClientKeyFilePath = config.ClientKeyFilePath,
                    ClientCertificateKeyStoreFlags = config.ClientCertificateKeyStoreFlags,
                    AccessToken = config.AccessToken,
                    TokenProvider = config.TokenProvider,
                    Username = config.Username,
                    Password = config.Password,
                    FirstMessageHandlerSetup = handler =>
                    {
                        Tune(handler, config.SslCaCerts, options);
                        config.FirstMessageHandlerSetup?.Invoke(handler);
                    },
                }
            );
        }
        catch (Exception e)
            when (e
                    is FormatException
                        or CryptographicException
                        or ArgumentException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            throw new KubeConfigException(
                $"client-certificate and client-key cannot be read or do not fit: {e.Message}",
                e
            );
        }
    }

    private static void Tune(
        SocketsHttpHandler handler,
        X509Certificate2Collection? authorities,
        KubernetesClientOptions options
    )
    {
        handler.ConnectTimeout = options.ConnectTimeout;
        // A watch each per kind would fill one connection's streams and then everything else would wait.
        handler.EnableMultipleHttp2Connections = true;
        // The only thing that notices a connection that died without a word.
        handler.KeepAlivePingDelay = options.KeepAlivePingDelay;
        handler.KeepAlivePingTimeout = options.KeepAlivePingTimeout;
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always;
        handler.AutomaticDecompression = DecompressionMethods.GZip;
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        if (authorities is null)
            return;
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        handler.SslOptions.CertificateChainPolicy = policy;
    }
}
