using System.Text.Json;
using WaOperator.Client;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Import;

namespace WaOperator.WhatsApp.Tests.Program;

/// <summary>The client program takes the auth folder of a Baileys client.</summary>
public sealed class ImportVerbTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("wa-import-").FullName;

    private string Auth => Directory.CreateDirectory(Path.Combine(_root, "auth")).FullName;

    private string Target => Path.Combine(_root, "state");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_folder_becomes_a_state_directory_as_a_whole(int index)
    {
        var folder = Folder.Open(index);
        folder.WriteTo(Auth);
        var import = folder.Read();
        (await RunAsync("--dry-run")).ShouldBe((Cli.Done, "checked"));
        Directory.Exists(Target).ShouldBeFalse();

        (await RunAsync()).ShouldBe((Cli.Done, "imported"));

        using (var store = FileStore.Open(Target))
        {
            var credentials = await store.LoadAsync(default);
            credentials!.Me.ShouldBe(import.Credentials.Me);
            credentials.NoiseKey.Private.ShouldBe(import.Credentials.NoiseKey.Private);
            var keys = import.Records.Select(record => record.Key).ToList();
            keys.ShouldNotBeEmpty();
            (await store.Messages.LoadAsync(keys, default)).ShouldBe(
                import.Records.Select(record => record.Value)
            );
            var first = import.PreKeys[0].Id;
            (await store.LoadPreKeysAsync(first, 1, default))[0].Id.ShouldBe(first);
        }
        (await RunAsync()).Exit.ShouldBe(Cli.Failed, "the state directory is there already");
    }

    [Fact]
    public async Task Of_a_damaged_folder_nothing_is_imported()
    {
        var folder = Folder.Open(0);
        folder.Edit("creds.json", creds => creds["noiseKey"]!["private"] = "x");
        folder.WriteTo(Auth);
        (await RunAsync()).ShouldBe((Cli.Failed, "error"));
        Directory.EnumerateFileSystemEntries(_root).ShouldBe([Auth]);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private async Task<(int Exit, string? Event)> RunAsync(params string[] more)
    {
        using var output = new StringWriter();
        var exit = await Cli.RunAsync(
            ["import-baileys", Auth, "--to", Target, .. more],
            output,
            default
        );
        using var line = JsonDocument.Parse(output.ToString());
        return (exit, line.RootElement.GetProperty("event").GetString());
    }
}
