using System.Diagnostics;
using System.Globalization;

namespace WaOperator.Testing;

/// <summary>
/// Ends what a test started when the test's process is gone, however it went: test hosts are killed a moment after their last test, and
/// handlers of their exit do not get to their end. It is a shell that waits for the process, kills those that stand in
/// <c>*.pid</c> of the folder and removes the folder.
/// </summary>
public static class Reaper
{
    private const string Script = """
        while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
        for f in "$2"/*.pid; do [ -f "$f" ] && kill -9 "$(cat "$f")" 2>/dev/null; done
        rm -rf "$2"
        """;

    /// <summary>Removes the folder, and whatever it holds the pid of, after the end of this process.</summary>
    public static void Watch(string folder)
    {
        using var reaper = Process.Start(
            new ProcessStartInfo(
                "setsid",
                [
                    "sh",
                    "-c",
                    Script,
                    "reaper",
                    Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
                    folder,
                ]
            )
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            }
        )!;
    }

    /// <summary>Has the process killed with the folder's end.</summary>
    public static void Adopt(string folder, string name, Process process) =>
        File.WriteAllText(
            Path.Combine(folder, $"{name}.pid"),
            process.Id.ToString(CultureInfo.InvariantCulture)
        );
}
