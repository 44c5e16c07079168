using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace WaOperator.Kubernetes.Config;

/// <summary>
/// One or several kubeconfig files. As with kubectl, the first file that names a cluster, user or context wins, and
/// paths are relative to the file that they stand in.
/// </summary>
internal sealed class KubeConfig
{
    private readonly record struct Entry(YamlMappingNode Node, string File);

    private readonly Dictionary<string, Dictionary<string, Entry>> _entries = new(
        StringComparer.Ordinal
    )
    {
        ["clusters"] = new(StringComparer.Ordinal),
        ["users"] = new(StringComparer.Ordinal),
        ["contexts"] = new(StringComparer.Ordinal),
    };
    private readonly string _files;
    private string? _current;

    private KubeConfig(string files) => _files = files;

    public static KubeConfig Load(IReadOnlyList<string> paths)
    {
        var config = new KubeConfig(string.Join(", ", paths));
        var found = false;
        foreach (var path in paths.Where(File.Exists))
        {
            found = true;
            config.Add(path);
        }
        return found
            ? config
            : throw new KubeConfigException($"no such kubeconfig: {config._files}");
    }

    public KubernetesClientConfiguration Build(string? context, TimeProvider? time)
    {
        var name = context ?? _current;
        if (string.IsNullOrEmpty(name))
            throw new KubeConfigException(
                $"{_files}: no current-context is set; kubectl config use-context sets one"
            );
        var ctx = Find("contexts", name, "context");
        var cluster = Find("clusters", Text(ctx.Node, "cluster") ?? "", "cluster");
        var user = Text(ctx.Node, "user") is { Length: > 0 } u
            ? Find("users", u, "user")
            : new Entry(new YamlMappingNode(), cluster.File);
        if (!Uri.TryCreate(Text(cluster.Node, "server"), UriKind.Absolute, out var host))
            throw new KubeConfigException(
                $"{cluster.File}: the cluster of context {name} has no valid server address"
            );
        foreach (var unsupported in (string[])["exec", "auth-provider", "username"])
            if (user.Node.Children.ContainsKey(unsupported))
                throw new KubeConfigException(
                    $"{user.File}: the user of context {name} logs in by \"{unsupported}\", which is not supported; use a token or a client certificate"
                );
        return new()
        {
            Host = host,
            Namespace = Text(ctx.Node, "namespace") is { Length: > 0 } ns ? ns : "default",
            CaCertificates = Authorities(cluster),
            ClientCertificate = Certificate(user),
            Token = TokenOf(user, time),
            SkipTlsVerify = Text(cluster.Node, "insecure-skip-tls-verify") == "true",
            TlsServerName = Text(cluster.Node, "tls-server-name"),
            Proxy = Text(cluster.Node, "proxy-url") is { Length: > 0 } proxy
                ? new Uri(proxy)
                : null,
        };
    }

    private void Add(string path)
    {
        var yaml = new YamlStream();
        try
        {
            using var text = File.OpenText(path);
            yaml.Load(text);
        }
        catch (Exception e) when (e is YamlException or IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"{path} cannot be read: {e.Message}", e);
        }
        if (yaml.Documents.Count == 0)
            return;
        if (yaml.Documents[0].RootNode is not YamlMappingNode root)
            throw new KubeConfigException($"{path} is no kubeconfig: a mapping is expected");
        _current ??= Text(root, "current-context") is { Length: > 0 } current ? current : null;
        foreach (
            var (section, inner) in (ReadOnlySpan<(string, string)>)
                [("clusters", "cluster"), ("users", "user"), ("contexts", "context")]
        )
        {
            if (
                !root.Children.TryGetValue(section, out var list)
                || list is not YamlSequenceNode items
            )
                continue;
            foreach (var item in items.OfType<YamlMappingNode>())
                if (
                    Text(item, "name") is { } name
                    && item.Children.TryGetValue(inner, out var body)
                    && body is YamlMappingNode map
                )
                    _entries[section].TryAdd(name, new(map, path));
        }
    }

    private Entry Find(string section, string name, string what) =>
        _entries[section].TryGetValue(name, out var entry)
            ? entry
            : throw new KubeConfigException($"{_files}: there is no {what} \"{name}\"");

    private static X509Certificate2Collection? Authorities(Entry cluster)
    {
        if (Data(cluster, "certificate-authority") is not { } pem)
            return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new KubeConfigException(
                $"{cluster.File}: certificate-authority is no PEM certificate: {e.Message}",
                e
            );
        }
        return authorities;
    }

    private static X509Certificate2? Certificate(Entry user)
    {
        if (Data(user, "client-certificate") is not { } cert)
            return null;
        if (Data(user, "client-key") is not { } key)
            throw new KubeConfigException(
                $"{user.File}: there is a client-certificate without a client-key"
            );
        try
        {
            var pair = X509Certificate2.CreateFromPem(cert, key);
            if (!OperatingSystem.IsWindows())
                return pair;
            // SChannel takes no keys that live in memory alone.
            using (pair)
                return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException e)
        {
            throw new KubeConfigException(
                $"{user.File}: client-certificate and client-key do not fit or are no PEM: {e.Message}",
                e
            );
        }
    }

    private static AccessToken? TokenOf(Entry user, TimeProvider? time)
    {
        // As in client-go the file wins: it is the one that is kept fresh.
        if (Text(user.Node, "tokenFile") is { Length: > 0 } file)
            return AccessToken.FromFile(Relative(user, file), time);
        return Text(user.Node, "token") is { Length: > 0 } token ? AccessToken.Fixed(token) : null;
    }

    /// <summary>The text of <c>key-data</c> (base64) or of the file that <c>key</c> names; the former wins.</summary>
    private static string? Data(Entry entry, string key)
    {
        try
        {
            if (Text(entry.Node, $"{key}-data") is { Length: > 0 } data)
                return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
            return Text(entry.Node, key) is { Length: > 0 } file
                ? File.ReadAllText(Relative(entry, file))
                : null;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KubeConfigException($"{entry.File}: {key} cannot be read: {e.Message}", e);
        }
    }

    private static string Relative(Entry entry, string file) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(entry.File)) ?? "/", file);

    private static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) && value is YamlScalarNode scalar
            ? scalar.Value
            : null;
}
