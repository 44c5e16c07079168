using System.Diagnostics;
using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>What a program printed.</summary>
public sealed record Printed(int ExitCode, string Out, string Error)
{
    public string Succeeded() =>
        ExitCode == 0 ? Out : throw new InvalidOperationException(Error + Out);
}

/// <summary>Runs programs in the repository's root; helm is the one that hack/tools gets.</summary>
public static class Tool
{
    public static string Root { get; } = KubernetesBinaries.RepositoryRoot();

    public static async Task<Printed> RunAsync(
        string program,
        string input,
        params IEnumerable<string> arguments
    )
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Root,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    public static async Task<Printed> HelmAsync(params IEnumerable<string> arguments) =>
        await RunAsync(await KubernetesBinaries.HelmAsync(), "", arguments);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));
}
