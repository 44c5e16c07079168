using System.Text;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.Baileys;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Auth folders of Baileys in which one file is damaged. Half of the folders have their credentials, so that records are made of
/// what was read; the others are refused at the end, which costs little.
/// </summary>
internal sealed class BaileysTarget : Target
{
    private const int WithoutCredentials = 1_000;

    private readonly BaileysFile[] _files;
    private readonly BaileysFile _credentials;
    private readonly BaileysFile[] _beside;

    public BaileysTarget()
    {
        var files = Corpus
            .Read("folders.json")
            .SelectMany(folder => folder.GetProperty("files").EnumerateObject())
            .Select(file => new BaileysFile(
                file.Name,
                Encoding.UTF8.GetBytes(file.Value.GetString()!)
            ))
            .ToList();
        _credentials = files.First(file => file.Name == BaileysFolder.CredentialsFile);
        _files =
        [
            .. files.Where(file => file.Name == BaileysFolder.CredentialsFile),
            .. files
                .Where(file =>
                    file.Name != BaileysFolder.CredentialsFile
                    && !file.Name.StartsWith("device-list-", StringComparison.Ordinal)
                )
                .GroupBy(file => file.Name.Split('-')[0])
                // Not hundreds of prekeys.
                .SelectMany(kind => kind.Take(12)),
        ];
        _beside =
        [
            files.First(file => file.Name.StartsWith("lid-mapping-", StringComparison.Ordinal)),
            files.First(file =>
                file.Name.StartsWith("sender-key-memory-", StringComparison.Ordinal)
            ),
        ];
    }

    public override string Name => "baileys";

    public override Input Make(Random random)
    {
        // The credentials are one file of many, and the one with most in it.
        var index = random.Next(5) == 0 ? 0 : random.Next(_files.Length);
        var original = _files[index].Content.ToArray();
        var bytes = Damage(random, _files[index].Name, original);
        if (random.Next(4) == 0)
            bytes = ByteMutation.Change(random, bytes, original);
        return new(bytes, index + (random.Next(2) == 0 ? WithoutCredentials : 0));
    }

    public override void Parse(Input input)
    {
        var damaged = new BaileysFile(_files[input.Kind % WithoutCredentials].Name, input.Bytes);
        IEnumerable<BaileysFile> files =
            input.Kind >= WithoutCredentials || damaged.Name == _credentials.Name
                ? [.. _beside, damaged]
                : [_credentials, .. _beside, damaged];
        BaileysFolder.Read(files.DistinctBy(file => file.Name));
    }

    public override bool IsRefusal(Exception exception) => exception is ImportException;

    public override long MaxAllocated(Input input) => 256 * 1024 + 64L * input.Bytes.Length;

    /// <summary>Sender keys are JSON in a buffer in JSON: the inner one is damaged half of the time.</summary>
    private static byte[] Damage(Random random, string name, byte[] original)
    {
        if (
            !name.StartsWith("sender-key-", StringComparison.Ordinal)
            || name.Contains("memory", StringComparison.Ordinal)
            || random.Next(2) == 0
        )
            return JsonMutation.Change(random, original);
        var buffer = System.Text.Json.Nodes.JsonNode.Parse(original)!;
        buffer["data"] = Convert.ToBase64String(
            JsonMutation.Change(random, Convert.FromBase64String((string)buffer["data"]!))
        );
        return Encoding.UTF8.GetBytes(buffer.ToJsonString());
    }
}
