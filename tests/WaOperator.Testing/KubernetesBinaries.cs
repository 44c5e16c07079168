using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>The programs of a Kubernetes control plane, which hack/cluster gets or builds.</summary>
public static class KubernetesBinaries
{
    private static readonly string[] Needed = ["etcd", "kube-apiserver", "kubectl"];
    private static readonly Lazy<Task<string>> Folder = new(FindAsync);
    private static readonly Lazy<Task<string>> Helm = new(FindHelmAsync);

    /// <summary>The folder that they are in; the first call may take minutes on a fresh machine.</summary>
    public static Task<string> FolderAsync() => Folder.Value;

    /// <summary>helm, which is downloaded: it needs none of the programs that are built.</summary>
    public static Task<string> HelmAsync() => Helm.Value;

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

    /// <summary>What hack/ downloads or builds.</summary>
    internal static string Cache { get; } =
        Environment.GetEnvironmentVariable("WA_CACHE")
        ?? Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
                ?? Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                    ".cache"
                ),
            "wa-operator"
        );

    private static async Task<string> FindAsync()
    {
        var bin = Path.Combine(Cache, "bin");
        return Needed.All(n => File.Exists(Path.Combine(bin, n))) ? bin : await MakeAsync();
    }

    private static async Task<string> FindHelmAsync()
    {
        var helm = Path.Combine(Cache, "bin", "helm");
        if (!File.Exists(helm))
            await RunAsync("tools", "helm");
        return helm;
    }

    private static async Task<string> MakeAsync() =>
        (await RunAsync("cluster", "binaries"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Last();

    private static async Task<string> RunAsync(string script, string argument)
    {
        using var make = Process.Start(
            new ProcessStartInfo(Path.Combine(RepositoryRoot(), "hack", script), [argument])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = make.StandardError.ReadToEndAsync();
        var output = await make.StandardOutput.ReadToEndAsync();
        await make.WaitForExitAsync();
        return make.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"hack/{script} {argument} failed with {make.ExitCode}: {await error}"
            );
    }
}
