using System.Globalization;
using System.Security.Cryptography;
using k8s;
using k8s.Exceptions;

namespace WaOperator.Kubernetes.Config;

/// <summary>
/// Which API server to talk to, and as whom: the library's configuration, with what it leaves out (see docs/adr/0001).
/// </summary>
public static class KubeConfig
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>
    /// What <c>kubectl</c> would do: the files in <c>KUBECONFIG</c>, else the service account of the pod, else
    /// <c>~/.kube/config</c>.
    /// </summary>
    /// <exception cref="KubeConfigException">None of them is there, or what is there is wrong.</exception>
    public static KubernetesClientConfiguration Default(TimeProvider? time = null)
    {
        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } paths)
            return KubeConfigFiles.Build(
                paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
                null,
                time
            );
        if (IsInCluster())
            return InCluster(time: time);
        var home = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            ".kube",
            "config"
        );
        if (File.Exists(home))
            return KubeConfigFiles.Build([home], null, time);
        throw new KubeConfigException(
            $"no Kubernetes to talk to: KUBECONFIG is not set, this is no pod with a service account, and there is no {home}"
        );
    }

    /// <summary>The context of a kubeconfig file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">Null: the file's current-context.</param>
    /// <param name="time">The clock that rotating tokens are re-read by.</param>
    /// <exception cref="KubeConfigException">The file is missing or wrong, or its login failed.</exception>
    public static KubernetesClientConfiguration FromFile(
        string path,
        string? context = null,
        TimeProvider? time = null
    ) => KubeConfigFiles.Build([path], context, time);

    /// <summary>Whether this process runs in a pod that may talk to the API.</summary>
    public static bool IsInCluster() =>
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
        && File.Exists(Path.Combine(ServiceAccount, "token"));

    /// <summary>The service account of the pod that this process runs in; its rotating token is read again in time.</summary>
    /// <param name="directory">Where the service account's files are mounted.</param>
    /// <param name="time">The clock that the token is re-read by.</param>
    /// <exception cref="KubeConfigException">This is no pod, or its service-account token is not mounted.</exception>
    public static KubernetesClientConfiguration InCluster(
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
        try
        {
            var token = new FileToken(Path.Combine(directory, "token"), time);
            var ns = Path.Combine(directory, "namespace");
            var config = new KubernetesClientConfiguration
            {
                Host = new UriBuilder(
                    Uri.UriSchemeHttps,
                    host,
                    int.Parse(port, CultureInfo.InvariantCulture)
                ).ToString(),
                Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
                SslCaCerts = [],
                TokenProvider = token,
            };
            config.SslCaCerts.ImportFromPemFile(Path.Combine(directory, "ca.crt"));
            token.Read();
            return config;
        }
        catch (Exception e)
            when (e is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new KubeConfigException(
                $"the pod's service account in {directory} cannot be read: {e.Message}",
                e
            );
        }
    }
}
