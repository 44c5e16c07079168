namespace WaOperator.Testing;

/// <summary>The programs of an API server and its clients.</summary>
/// <param name="Kubectl">kubectl.</param>
/// <param name="Etcd">etcd.</param>
/// <param name="Server">kube-apiserver, or one that serves custom resources alone.</param>
/// <param name="IsWhole">Whether it has kinds of its own, namespaces among them.</param>
public sealed record ControlPlane(string Kubectl, string Etcd, string Server, bool IsWhole)
{
    private const string Other = "WA_KUBERNETES_BIN";
    private static readonly string CurrentFolder = Path.Combine(
        KubernetesBinaries.Cache,
        "current"
    );
    private static readonly string CurrentServer = Path.Combine(
        CurrentFolder,
        "apiextensions-apiserver"
    );

    /// <summary>Why <see cref="CurrentAsync"/> cannot be had here; null when it can.</summary>
    public static string? WhyNotCurrent
    {
        get
        {
            if (File.Exists(CurrentServer))
                return null;
            var why = Path.Combine(CurrentFolder, "why-not");
            return File.Exists(why)
                ? $"the API server of the current Kubernetes cannot be had here: {File.ReadAllText(why).Trim()}"
                : "the API server of the current Kubernetes is not built here; hack/tools apiextensions-apiserver builds it, in 6 minutes of processor time";
        }
    }

    /// <summary>The kube-apiserver of hack/cluster, or that of <c>WA_KUBERNETES_BIN</c>.</summary>
    /// <exception cref="InvalidOperationException">The variable names a folder without it or its etcd.</exception>
    public static async Task<ControlPlane> WholeAsync()
    {
        var bin = await KubernetesBinaries.FolderAsync();
        var servers = Environment.GetEnvironmentVariable(Other) is { Length: > 0 } other
            ? other
            : bin;
        string[] needed = ["etcd", "kube-apiserver"];
        if (needed.FirstOrDefault(n => !File.Exists(Path.Combine(servers, n))) is { } missing)
            throw new InvalidOperationException(
                $"{Other} is {servers}, and there is no {missing} in it; it has to hold {string.Join(" and ", needed)}"
            );
        return new(
            Path.Combine(bin, "kubectl"),
            Path.Combine(servers, needed[0]),
            Path.Combine(servers, needed[1]),
            IsWhole: true
        );
    }

    /// <summary>The API server of custom resources of the current Kubernetes, as <c>hack/tools apiextensions-apiserver</c> builds it.</summary>
    public static async Task<ControlPlane> CurrentAsync() =>
        WhyNotCurrent is { } reason
            ? throw new InvalidOperationException(reason)
            : new(
                Path.Combine(await KubernetesBinaries.FolderAsync(), "kubectl"),
                Path.Combine(CurrentFolder, "etcd"),
                CurrentServer,
                IsWhole: false
            );
}
