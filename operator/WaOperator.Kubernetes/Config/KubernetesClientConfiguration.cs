using System.Security.Cryptography.X509Certificates;

namespace WaOperator.Kubernetes.Config;

/// <summary>Which API server to talk to, and as whom.</summary>
public sealed record KubernetesClientConfiguration
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The server, with a path in front of the API where a proxy serves it so.</summary>
    public required Uri Host { get; init; }

    /// <summary>The namespace of the context, or the one that the pod runs in.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Who may have signed the server's certificate; null: the machine's own authorities.</summary>
    public X509Certificate2Collection? CaCertificates { get; init; }

    /// <summary>The certificate and key to show, if any.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The bearer tokens to send, if any.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>Do not look at the server's certificate.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name to expect in the server's certificate instead of the host's.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>The HTTP proxy to go through; null: what the environment says.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>
    /// What <c>kubectl</c> would do: the files in <c>KUBECONFIG</c>, else the service account of the pod, else
    /// <c>~/.kube/config</c>.
    /// </summary>
    /// <exception cref="KubeConfigException">None of them is there, or what is there is wrong.</exception>
    public static KubernetesClientConfiguration BuildDefaultConfig(TimeProvider? time = null)
    {
        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } paths)
            return KubeConfig
                .Load(paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                .Build(null, time);
        if (IsInCluster())
            return InClusterConfig(time: time);
        var home = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            ".kube",
            "config"
        );
        if (File.Exists(home))
            return KubeConfig.Load([home]).Build(null, time);
        throw new KubeConfigException(
            $"no Kubernetes to talk to: KUBECONFIG is not set, this is no pod with a service account, and there is no {home}"
        );
    }

    /// <summary>The context of a kubeconfig file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">Null: the file's current-context.</param>
    /// <param name="time">The clock that rotating tokens are re-read by.</param>
    /// <exception cref="KubeConfigException">The file is missing, wrong, or asks for what is not supported.</exception>
    public static KubernetesClientConfiguration BuildConfigFromConfigFile(
        string path,
        string? context = null,
        TimeProvider? time = null
    ) => KubeConfig.Load([path]).Build(context, time);

    /// <summary>Whether this process runs in a pod that may talk to the API.</summary>
    public static bool IsInCluster() =>
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
        && File.Exists(Path.Combine(ServiceAccount, "token"));

    /// <summary>The service account of the pod that this process runs in; its rotating token is read again in time.</summary>
    /// <param name="directory">Where the service account's files are mounted.</param>
    /// <param name="time">The clock that the token is re-read by.</param>
    /// <exception cref="KubeConfigException">This is no pod, or its service-account token is not mounted.</exception>
    public static KubernetesClientConfiguration InClusterConfig(
        string directory = ServiceAccount,
        TimeProvider? time = null
    )
    {
        var host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        var port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
            throw new KubeConfigException(
                "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"
            );
        var ca = new X509Certificate2Collection();
        try
        {
            ca.ImportFromPemFile(Path.Combine(directory, "ca.crt"));
            var ns = Path.Combine(directory, "namespace");
            var config = new KubernetesClientConfiguration
            {
                Host = new UriBuilder(
                    Uri.UriSchemeHttps,
                    host,
                    int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)
                ).Uri,
                Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
                CaCertificates = ca,
                Token = AccessToken.FromFile(Path.Combine(directory, "token"), time),
            };
            config.Token.Get();
            return config;
        }
        catch (Exception e)
            when (e
                    is IOException
                        or System.Security.Cryptography.CryptographicException
                        or UnauthorizedAccessException
            )
        {
            throw new KubeConfigException(
                $"the pod's service account in {directory} cannot be read: {e.Message}",
                e
            );
        }
    }
}
