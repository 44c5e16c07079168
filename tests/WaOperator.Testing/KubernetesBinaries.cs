using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>The programs of a Kubernetes control plane, which hack/cluster gets or builds.</summary>
public static class KubernetesBinaries
{
    private const string Other = "WA_KUBERNETES_BIN";
    private static readonly string[] Servers = ["etcd", "kube-apiserver"];
    private static readonly string[] Needed = [.. Servers, "kubectl"];
    private static readonly Lazy<Task<string>> Folder = new(FindAsync);

    /// <summary>The folder that they are in; the first call may take minutes on a fresh machine.</summary>
    public static Task<string> FolderAsync() => Folder.Value;

    /// <summary>
    /// The folder of etcd and kube-apiserver: <c>WA_KUBERNETES_BIN</c>, for tests against another release, or that of all programs.
    /// </summary>
    /// <exception cref="InvalidOperationException">The variable names a folder without them.</exception>
    public static async Task<string> ServersAsync()
    {
        if (Environment.GetEnvironmentVariable(Other) is not { Length: > 0 } bin)
            return await FolderAsync();
        if (Servers.FirstOrDefault(s => !File.Exists(Path.Combine(bin, s))) is { } missing)
            throw new InvalidOperationException(
                $"{Other} is {bin}, and there is no {missing} in it; it has to hold {string.Join(" and ", Servers)} of one release"
            );
        return bin;
    }

    /// <summary>The root of the repository that this test was built from.</summary>
    public static string RepositoryRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "WaOperator.sln")))
                return at.FullName;
        throw new InvalidOperationException(
            $"{AppContext.BaseDirectory} is not within the repository: no WaOperator.sln above it"
        );
    }

    private static async Task<string> FindAsync()
    {
        var cache =
            Environment.GetEnvironmentVariable("WA_CACHE")
            ?? Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                    ?? Path.Combine(
                        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                        ".cache"
                    ),
                "wa-operator"
            );
        var bin = Path.Combine(cache, "bin");
        return Needed.All(n => File.Exists(Path.Combine(bin, n))) ? bin : await MakeAsync();
    }

    private static async Task<string> MakeAsync()
    {
        var script = Path.Combine(RepositoryRoot(), "hack", "cluster");
        using var make = Process.Start(
            new ProcessStartInfo(script, ["binaries"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = make.StandardError.ReadToEndAsync();
        var output = await make.StandardOutput.ReadToEndAsync();
        await make.WaitForExitAsync();
        if (make.ExitCode != 0)
            throw new InvalidOperationException(
                $"hack/cluster binaries failed with {make.ExitCode}: {await error}"
            );
        return output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Last();
    }
}
