using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>The programs of a Kubernetes control plane, which hack/cluster gets or builds.</summary>
public static class KubernetesBinaries
{
    private static readonly string[] Needed = ["etcd", "kube-apiserver", "kubectl"];
    private static readonly Lazy<Task<string>> Folder = new(FindAsync);

    /// <summary>The folder that they are in; the first call may take minutes on a fresh machine.</summary>
    public static Task<string> FolderAsync() => Folder.Value;

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
