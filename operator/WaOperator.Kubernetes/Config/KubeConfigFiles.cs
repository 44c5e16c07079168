using System.Net;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.RepresentationModel;

namespace WaOperator.Kubernetes.Config;

/// <summary>
/// Kubeconfig files. The library reads them and logs in; it knows neither <c>tokenFile</c> nor <c>proxy-url</c>, and takes the
/// paths of every file as relative to the first one.
/// </summary>
internal static class KubeConfigFiles
{
    private sealed record KubeFile(K8SConfiguration Config, YamlMappingNode Yaml, string Folder)
    {
        /// <summary>A path is relative to the file that it is in.</summary>
        public string? Resolve(string? path) =>
            string.IsNullOrEmpty(path) ? path : Path.Combine(Folder, path);
    }

    /// <summary>The context of the files; of those that name a cluster, user or context the first counts, as with kubectl.</summary>
    /// <exception cref="KubeConfigException">A file is missing or wrong, or its login failed.</exception>
    public static KubernetesClientConfiguration Build(
        IReadOnlyList<string> paths,
        string? context,
        TimeProvider? time
    )
    {
        var names = string.Join(", ", paths);
        var files = paths.Where(File.Exists).Select(Read).ToList();
        if (files.Count == 0)
            throw new KubeConfigException($"no such kubeconfig: {names}");
        context ??= files
            .Select(f => f.Config.CurrentContext)
            .FirstOrDefault(c => c is { Length: > 0 });
        if (string.IsNullOrEmpty(context))
            throw new KubeConfigException(
                $"{names}: no current-context is set; kubectl config use-context sets one"
            );
        var merged = new K8SConfiguration
        {
            Contexts = [.. files.SelectMany(f => f.Config.Contexts ?? [])],
            Clusters = [.. files.SelectMany(f => f.Config.Clusters ?? [])],
            Users = [.. files.SelectMany(f => f.Config.Users ?? [])],
        };
        var used = merged.Contexts.FirstOrDefault(c => c.Name == context)?.ContextDetails;
        var user = merged.Users.FirstOrDefault(u => u.Name == used?.User)?.UserCredentials;
        var token = Extra(files, "users", used?.User, "user", "tokenFile") is var (file, path)
            ? new FileToken(file.Resolve(path)!, time)
            : null;
        try
        {
            // The library refuses a user without any credential that it knows; as in client-go the file wins over a token.
            if (token is not null && user is not null)
                user.Token = token.Read();
            var config = KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, context);
            config.Namespace = config.Namespace is { Length: > 0 } ns ? ns : "default";
            if (token is not null)
                config.TokenProvider = token;
            else if (config.TokenProvider is k8s.Authentication.ExecTokenProvider)
                config.TokenProvider = new ExecToken(user!.ExternalExecution);
            if (Extra(files, "clusters", used?.Cluster, "cluster", "proxy-url") is var (_, proxy))
                config.FirstMessageHandlerSetup = handler => handler.Proxy = new WebProxy(proxy);
            return config;
        }
        catch (Exception e)
        {
            // It throws whatever the failing part throws, some of it as a bare Exception.
            throw new KubeConfigException($"{names}: {e.Message}", e);
        }
    }

    private static KubeFile Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents is not [{ RootNode: YamlMappingNode root }, ..])
                throw new KubeConfigException($"{path} is not a kubeconfig: a mapping is expected");
            var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
            var file = new KubeFile(
                KubernetesYaml.Deserialize<K8SConfiguration>(text),
                root,
                folder
            );
            foreach (var cluster in file.Config.Clusters ?? [])
                if (cluster.ClusterEndpoint is { } endpoint)
                    endpoint.CertificateAuthority = file.Resolve(endpoint.CertificateAuthority);
            foreach (var user in file.Config.Users ?? [])
                if (user.UserCredentials is { } credentials)
                {
                    credentials.ClientCertificate = file.Resolve(credentials.ClientCertificate);
                    credentials.ClientKey = file.Resolve(credentials.ClientKey);
                }
            return file;
        }
        catch (Exception e)
            when (e is YamlDotNet.Core.YamlException or IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A field that the library's models lack, and the file that it stands in.</summary>
    private static (KubeFile File, string Value)? Extra(
        IEnumerable<KubeFile> files,
        string section,
        string? name,
        string inner,
        string key
    )
    {
        foreach (var file in files)
            if (Child<YamlSequenceNode>(file.Yaml, section) is { } items)
                foreach (var item in items.OfType<YamlMappingNode>())
                    if (Child<YamlScalarNode>(item, "name")?.Value == name)
                        return
                            Child<YamlMappingNode>(item, inner) is { } body
                            && Child<YamlScalarNode>(body, key)?.Value is { Length: > 0 } value
                            ? (file, value)
                            : null;
        return null;
    }

    private static T? Child<T>(YamlMappingNode node, string key)
        where T : YamlNode =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value as T : null;
}
