using System.Text.Json;

namespace WaOperator.Fuzz;

/// <summary>The vectors of the unit tests, made with Baileys.</summary>
internal static class Corpus
{
    public static IReadOnlyList<JsonElement> Read(string name)
    {
        using var stream =
            typeof(Corpus).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException($"{name} is not embedded in the program");
        using var document = JsonDocument.Parse(stream);
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
