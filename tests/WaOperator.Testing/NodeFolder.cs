using System.Diagnostics;
using System.Security.Cryptography;

namespace WaOperator.Testing;

/// <summary>Programs of a folder with packages from npm, which are installed when they are missing or when the lock file changed.</summary>
/// <param name="path">The folder, from the root of the repository.</param>
public sealed class NodeFolder(string path)
{
    private readonly string _folder = Path.Combine(KubernetesBinaries.RepositoryRoot(), path);

    /// <summary>Installs the packages.</summary>
    public async Task InstallAsync()
    {
        var stamp = Path.Combine(_folder, "node_modules", ".installed");
        var wanted = Convert.ToHexString(
            SHA256.HashData(
                await File.ReadAllBytesAsync(Path.Combine(_folder, "package-lock.json"))
            )
        );
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        await RunAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        await File.WriteAllTextAsync(stamp, wanted);
    }

    /// <summary>What a program printed that ran in the folder and succeeded.</summary>
    public Task<string> RunAsync(string program, params string[] arguments) =>
        RunInAsync(_folder, program, arguments);

    /// <summary>What a program printed that ran in a folder and succeeded.</summary>
    public static async Task<string> RunInAsync(
        string folder,
        string program,
        params string[] arguments
    )
    {
        using var process =
            Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    WorkingDirectory = folder,
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            ) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException(
                $"{program} ended with {process.ExitCode}: {await output}{await errors}"
            );
    }
}
