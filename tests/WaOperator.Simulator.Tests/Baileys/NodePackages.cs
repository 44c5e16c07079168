using System.Diagnostics;
using System.Security.Cryptography;

namespace WaOperator.Simulator.Tests.Baileys;

/// <summary>The npm packages of tests/baileys, installed when they are missing or when the lock file changed.</summary>
internal static class NodePackages
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "baileys");

    public static Task EnsureAsync() => Installed.Value;

    private static async Task InstallAsync()
    {
        var stamp = Path.Combine(Folder, "node_modules", ".installed");
        var wanted = Convert.ToHexString(
            SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Folder, "package-lock.json")))
        );
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        var start = new ProcessStartInfo(
            "npm",
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        )
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var npm =
            Process.Start(start) ?? throw new InvalidOperationException("npm did not start");
        var output = npm.StandardOutput.ReadToEndAsync();
        var errors = npm.StandardError.ReadToEndAsync();
        await npm.WaitForExitAsync();
        npm.ExitCode.ShouldBe(0, $"npm ci in {Folder}: {await output}{await errors}");
        await File.WriteAllTextAsync(stamp, wanted);
    }
}
