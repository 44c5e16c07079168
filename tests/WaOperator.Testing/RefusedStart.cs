using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>A program that refuses a wrong setting: it ends with exit code 1 and one sentence, without a stack trace or a secret.</summary>
/// <param name="program">The assembly, beside the test's.</param>
/// <param name="isSentence">Whether a line is the refusal.</param>
/// <param name="secrets">Parts of the secrets in the settings.</param>
public sealed class RefusedStart(
    string program,
    Predicate<string> isSentence,
    params string[] secrets
)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Starts it and waits for its refusal.</summary>
    /// <param name="settings">Its environment; null removes one.</param>
    /// <param name="told">What the sentence holds.</param>
    /// <exception cref="InvalidOperationException">It ended in another way; shows its output.</exception>
    public async Task ShouldTellAsync(
        IEnumerable<KeyValuePair<string, string?>> settings,
        params string[] told
    )
    {
        var (exitCode, said) = await RunAsync(settings);
        Require(exitCode == 1, $"exit code 1, not {exitCode}");
        foreach (var text in (string[])["   at ", "Exception", .. secrets])
            Require(!said.Contains(text, StringComparison.Ordinal), $"no \"{text}\"");
        var sentences = said.Split('\n').Where(l => isSentence(l)).ToList();
        Require(sentences.Count == 1, $"one refusal, not {sentences.Count}");
        foreach (var text in told)
            Require(
                sentences[0].Contains(text, StringComparison.Ordinal),
                $"\"{text}\" in its sentence"
            );

        void Require(bool holds, string what)
        {
            if (!holds)
                throw new InvalidOperationException(
                    $"{program}: expected {what}; it said:\n{said}"
                );
        }
    }

    private async Task<(int ExitCode, string Said)> RunAsync(
        IEnumerable<KeyValuePair<string, string?>> settings
    )
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, program)]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var texts = await Task.WhenAll(
                process.StandardOutput.ReadToEndAsync(limit.Token),
                process.StandardError.ReadToEndAsync(limit.Token)
            );
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, string.Concat(texts));
        }
        finally
        {
            process.Kill();
        }
    }
}
