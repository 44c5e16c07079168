using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp.Baileys;

namespace WaOperator.WhatsApp.Tests.Import;

/// <summary>What a peer sends to the device of a folder after the import.</summary>
/// <param name="Type">msg, or skmsg to the group.</param>
/// <param name="From">The peer's device.</param>
/// <param name="Plain">What it says.</param>
/// <param name="Wire">What it sends.</param>
internal sealed record NextMessage(string Type, string From, byte[] Plain, byte[] Wire);

/// <summary>An auth folder that a real Baileys left (make.mjs), in memory, to be damaged at will.</summary>
internal sealed class Folder
{
    private readonly Dictionary<string, string> _files;

    private Folder(JsonElement made)
    {
        Library = made.GetProperty("library").GetString()!;
        Group = made.GetProperty("group").GetString()!;
        _files = made.GetProperty("files")
            .EnumerateObject()
            .ToDictionary(
                file => file.Name,
                file => file.Value.GetString()!,
                StringComparer.Ordinal
            );
        Next =
        [
            .. made.GetProperty("next")
                .EnumerateArray()
                .Select(next => new NextMessage(
                    next.GetProperty("type").GetString()!,
                    next.GetProperty("from").GetString()!,
                    next.Bytes("plain"),
                    next.Bytes("wire")
                )),
        ];
    }

    public string Library { get; }

    public string Group { get; }

    public IReadOnlyList<NextMessage> Next { get; }

    public IEnumerable<string> Names => _files.Keys;

    /// <summary>The folders: of 7.0.0-rc14, of 6.7.24, of 7.0.0-rc14.</summary>
    public static Folder Open(int index)
    {
        using var document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Import", "folders.json"))
        );
        return new(document.RootElement[index]);
    }

    public string this[string name]
    {
        get => _files[name];
        set => _files[name] = value;
    }

    public void Remove(string name) => _files.Remove(name);

    /// <summary>Changes a JSON file.</summary>
    public void Edit(string name, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(_files[name])!;
        change(json);
        _files[name] = json.ToJsonString();
    }

    public BaileysImport Read() =>
        BaileysFolder.Read(
            _files.Select(file => new BaileysFile(file.Key, Encoding.UTF8.GetBytes(file.Value)))
        );

    public void WriteTo(string directory)
    {
        foreach (var (name, content) in _files)
            File.WriteAllText(Path.Combine(directory, name), content);
    }
}
