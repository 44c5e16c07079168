using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>The command that the demo prints before its last line, as a user runs it.</summary>
internal static class Curl
{
    /// <summary>Sends its message.</summary>
    /// <returns>The answer, in which the message has an id.</returns>
    public static async Task<JsonNode> SendAsync(Demo demo)
    {
        var printed = await Shell.RunAsync("bash", ["-c", Command(demo)]);
        var answer = Answer(printed.Succeeded(Command(demo)).Out);
        answer["id"].ShouldNotBeNull(printed.Out);
        return answer;
    }

    /// <summary>The same command for another path of the session, without a body.</summary>
    public static async Task<JsonNode?> GetAsync(Demo demo, string path)
    {
        var command = Regex.Replace(
            Command(demo).Replace("/messages", path, StringComparison.Ordinal),
            " -d '[^']*'",
            "",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );
        var printed = await Shell.RunAsync("bash", ["-c", command]);
        return printed.ExitCode == 0 ? Answer(printed.Out) : null;
    }

    /// <summary>The same command for another path of the API.</summary>
    /// <param name="demo">The demo that printed it.</param>
    /// <param name="path">The path, with a query or without one.</param>
    /// <param name="body">Its body; null: it only reads.</param>
    /// <param name="seconds">It ends then, if the answer has no end.</param>
    public static async Task<string> CallAsync(
        Demo demo,
        string path,
        string? body,
        int seconds = 20
    )
    {
        var command = Regex.Replace(
            Command(demo),
            " -d '[^']*' (?<base>[^ ]*)/v1/[^ ]*",
            $" --max-time {seconds}{(body is null ? " --retry 0" : $" -d '{body}'")} '${{base}}{path}'",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );
        var printed = await Shell.RunAsync("bash", ["-c", command]);
        return printed.Out;
    }

    /// <summary>The answer to the last try: curl prints the body of each.</summary>
    private static JsonNode Answer(string printed) =>
        JsonNode.Parse(printed[(printed.LastIndexOf("}{", StringComparison.Ordinal) + 1)..])!;

    private static string Command(Demo demo)
    {
        demo.Printed.Succeeded("hack/demo");
        var line = demo.Printed.Out.TrimEnd().Split('\n')[^2];
        line.ShouldContain("curl ");
        return line;
    }
}
