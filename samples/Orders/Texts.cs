using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orders;

/// <summary>What the bot says and understands, by language: one file each in the folder Texts, such as <c>de.json</c>.</summary>
internal sealed partial class Texts
{
    private const string Fallback = "en";

    private static readonly string[] Names =
    [
        // What customers write.
        "order",
        "yes",
        // What they are told if an order cannot be read.
        "howTo",
        .. Enum.GetNames<Say>().Select(JsonNamingPolicy.CamelCase.ConvertName),
    ];

    private readonly Dictionary<string, Dictionary<string, string>> _languages;

    private Texts(Dictionary<string, Dictionary<string, string>> languages) =>
        _languages = languages;

    /// <summary>Reads all files.</summary>
    /// <exception cref="InvalidDataException">One is damaged, or a text is in none of those that it falls back to.</exception>
    public static Texts Load(string folder)
    {
        var languages = new Dictionary<string, Dictionary<string, string>>(
            StringComparer.OrdinalIgnoreCase
        );
        foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
            try
            {
                languages[Path.GetFileNameWithoutExtension(file)] = JsonSerializer.Deserialize<
                    Dictionary<string, string>
                >(File.ReadAllText(file))!;
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{file}: {e.Message}", e);
            }
        var missing = languages.TryGetValue(Fallback, out var all)
            ? Names.Except(all.Keys).ToList()
            : [.. Names];
        return missing.Count == 0
            ? new(languages)
            : throw new InvalidDataException(
                $"{folder}/{Fallback}.json lacks {string.Join(", ", missing)}; it must have all texts, since other languages fall back to it"
            );
    }

    /// <summary>A text: in the language, such as de-AT; else in de; else in English.</summary>
    public string Of(string language, string name, params (string Name, string Value)[] values)
    {
        string[] tried = [language, language.Split('-')[0], Fallback];
        var text = tried
            .Select(l => _languages.GetValueOrDefault(l)?.GetValueOrDefault(name))
            .First(t => t is not null)!;
        // In one pass: what customers wrote is not looked through for names in braces.
        return NamePattern()
            .Replace(
                text,
                name =>
                    values.FirstOrDefault(v => v.Name == name.Groups["name"].Value).Value
                    ?? name.Value
            );
    }

    /// <inheritdoc cref="Of(string, string, ValueTuple{string, string}[])"/>
    public string Of(string language, Say say, params (string Name, string Value)[] values) =>
        Of(language, JsonNamingPolicy.CamelCase.ConvertName(say.ToString()), values);

    [GeneratedRegex(
        "{(?<name>[a-z]+)}",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex NamePattern();
}
