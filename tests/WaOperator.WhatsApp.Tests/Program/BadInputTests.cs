using System.Text.Json;
using WaOperator.Client;

namespace WaOperator.WhatsApp.Tests.Program;

/// <summary>Whatever a command line gets wrong ends with one sentence about it.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wa-bad-").FullName;

    /// <summary>The command line, the exit code, and what the message speaks of. STATE and FOLDER are directories.</summary>
    public static TheoryData<string, int, string> Wrong { get; } =
        new()
        {
            { "", Cli.Misused, "command" },
            { "nonsense", Cli.Misused, "nonsense" },
            { "pair", Cli.Misused, "--state" },
            { "pair --state STATE --url nonsense", Cli.Misused, "--url" },
            { "pair --state STATE --url http://localhost/", Cli.Misused, "ws://" },
            { "pair --state STATE --proxy nonsense", Cli.Misused, "--proxy" },
            { "pair --state STATE --proxy ftp://localhost/", Cli.Misused, "socks5://" },
            { "pair --state STATE --root-key nonsense", Cli.Misused, "--root-key" },
            { "pair --state STATE --ca FOLDER/none.pem", Cli.Failed, "none.pem" },
            { "pair --state STATE --ca FOLDER/text", Cli.Misused, "PEM" },
            { "pair --state STATE --code", Cli.Misused, "--phone" },
            { "pair --state STATE --phone abc", Cli.Misused, "digits" },
            { "pair --state STATE --prekeys 0", Cli.Misused, "PreKeys" },
            { "pair --state STATE --url ws://127.0.0.1:1/", Cli.Failed, "cannot be reached" },
            { "pair --state FOLDER/text", Cli.Failed, "text" },
            { "pair --state FOLDER/damaged", Cli.Failed, "damaged" },
            { "connect --state STATE --for 1e300", Cli.Misused, "--for" },
            { "connect --state STATE --for -1", Cli.Misused, "--for" },
            { "connect --state STATE --for NaN", Cli.Misused, "--for" },
            { "listen --state STATE", Cli.Failed, "no paired device" },
            { "send --state STATE --to 1 --text x", Cli.Failed, "no paired device" },
            { "send nonsense --state STATE", Cli.Misused, "nonsense" },
            { "media nonsense --state STATE", Cli.Misused, "nonsense" },
            { "group nonsense --state STATE", Cli.Misused, "nonsense" },
            { "read --state STATE", Cli.Misused, "chat" },
            { "logout --state STATE", Cli.Failed, "no paired device" },
            { "import-baileys FOLDER/none --to STATE", Cli.Failed, "none" },
            { "import-baileys FOLDER/text --to STATE", Cli.Failed, "text" },
            { "import-baileys FOLDER/damaged --to STATE", Cli.Failed, "creds.json" },
            { "import-baileys FOLDER --to FOLDER", Cli.Failed, "not empty" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task It_is_said_in_one_line(string line, int exit, string about)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "text"), "text");
        Directory.CreateDirectory(Path.Combine(_folder, "damaged"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "damaged", "credentials.json"), "{");
        using var output = new StringWriter();

        var code = await Cli.RunAsync(
            [
                .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(word =>
                        word.Replace("FOLDER", _folder, StringComparison.Ordinal)
                            .Replace(
                                "STATE",
                                Path.Combine(_folder, "state"),
                                StringComparison.Ordinal
                            )
                    ),
            ],
            TextReader.Null,
            output,
            default
        );

        code.ShouldBe(exit, output.ToString());
        var said = output.ToString().TrimEnd('\n').Split('\n');
        using var last = JsonDocument.Parse(said[^1]);
        last.RootElement.GetProperty("event").GetString().ShouldBe("error");
        last.RootElement.GetProperty("message").GetString()!.ShouldContain(about);
        last.RootElement.GetProperty("hint").GetString().ShouldNotBeNullOrEmpty();
        output.ToString().ShouldNotContain("(Parameter");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
