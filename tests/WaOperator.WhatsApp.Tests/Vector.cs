using System.Text.Json;

namespace WaOperator.WhatsApp.Tests;

/// <summary>Reads the data that Vectors/make.mjs made with Baileys.</summary>
internal static class Vector
{
    public static IReadOnlyList<JsonElement> Read(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Vectors", name);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    public static byte[] Bytes(this JsonElement element, string name) =>
        element.GetProperty(name).GetBytesFromBase64();
}
