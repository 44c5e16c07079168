using System.Diagnostics;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>The program itself with a setting that is wrong.</summary>
internal static class RefusedStart
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Starts it and expects one sentence, the usual exit code and nothing that is secret or for developers.</summary>
    /// <param name="settings">Its environment; null takes one away.</param>
    /// <param name="told">What the sentence holds.</param>
    public static async Task ShouldTellAsync(
        IEnumerable<KeyValuePair<string, string?>> settings,
        params string[] told
    )
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "WaOperator.SessionPod.dll")]
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
            var said = string.Concat(texts);
            process.ExitCode.ShouldBe(1, said);
            said.ShouldNotContain("   at ");
            said.ShouldNotContain("Exception");
            said.ShouldNotContain("S3c");
            said.ShouldNotContain("retPW");
            var sentence = said.Split('\n')
                .Where(l => l.Contains("refused to start", StringComparison.Ordinal))
                .ShouldHaveSingleItem(said);
            foreach (var text in told)
                sentence.ShouldContain(text);
        }
        finally
        {
            process.Kill();
        }
    }
}
