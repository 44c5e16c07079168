using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>What a program printed and how it ended.</summary>
public sealed record Output(int ExitCode, string Out, string Error)
{
    /// <summary>The same output, or a failure that shows it.</summary>
    public Output Succeeded(string what) =>
        ExitCode == 0
            ? this
            : throw new InvalidOperationException($"{what} ended with {ExitCode}:\n{Error}\n{Out}");
}

/// <summary>Runs programs.</summary>
public static class Shell
{
    /// <summary>The repository's root: the nearest folder above that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs one to its end. A name that begins with hack/ is one of ours.</summary>
    public static async Task<Output> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        Action<string>? onError = null
    )
    {
        var start = new ProcessStartInfo(
            program.StartsWith("hack/", StringComparison.Ordinal)
                ? Path.Combine(Root, program)
                : program,
            arguments
        )
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Root,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = ReadErrorAsync(process, onError);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new Output(process.ExitCode, await output, await error);
    }

    private static async Task<string> ReadErrorAsync(Process process, Action<string>? onError)
    {
        var all = new System.Text.StringBuilder();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            onError?.Invoke(line);
            all.AppendLine(line);
        }
        return all.ToString();
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "WaOperator.sln")))
                return at.FullName;
        throw new InvalidOperationException($"no WaOperator.sln above {AppContext.BaseDirectory}");
    }
}
