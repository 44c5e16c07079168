using System.Diagnostics;
using System.Security.Cryptography;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Description;

/// <summary>Redocly's linter of OpenAPI documents, from npm; it is installed when it is missing or when the lock file changed.</summary>
internal static class Linter
{
    private static readonly string Folder = Path.Combine(
        KubernetesBinaries.RepositoryRoot(),
        "tests/WaOperator.Gateway.Tests/Description/linter"
    );
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>A line for each fault of a file.</summary>
    public static async Task<string[]> ProblemsAsync(string file)
    {
        await Installed.Value;
        return (await RunAsync("node", "lint.mjs", file)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
    }

    private static async Task InstallAsync()
    {
        var stamp = Path.Combine(Folder, "node_modules", ".installed");
        var wanted = Convert.ToHexString(
            SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Folder, "package-lock.json")))
        );
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        await RunAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        await File.WriteAllTextAsync(stamp, wanted);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process =
            Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    WorkingDirectory = Folder,
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            ) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program}: {await output}{await errors}");
        return await output;
    }
}
