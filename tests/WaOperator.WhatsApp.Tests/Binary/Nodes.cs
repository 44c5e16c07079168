using System.Text;
using System.Text.Json;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Binary;

/// <summary>Builds and compares nodes.</summary>
internal static class Nodes
{
    /// <summary>Reads the form in which make.mjs writes nodes.</summary>
    public static BinaryNode FromJson(JsonElement json)
    {
        var tag = json.GetProperty("tag").GetString()!;
        var node =
            json.TryGetProperty("text", out var text)
                ? new BinaryNode(tag) { Text = text.GetString()! }
            : json.TryGetProperty("bytes", out var bytes)
                ? new BinaryNode(tag) { Bytes = bytes.GetBytesFromBase64() }
            : json.TryGetProperty("repeat", out var repeat)
                ? new BinaryNode(tag) { Bytes = Repeat(repeat) }
            : json.TryGetProperty("children", out var children)
                ? new BinaryNode(tag) { Children = [.. children.EnumerateArray().Select(FromJson)] }
            : new BinaryNode(tag);
        foreach (var attribute in json.GetProperty("attrs").EnumerateObject())
            node[attribute.Name] = attribute.Value.GetString();
        return node;
    }

    /// <summary>
    /// The whole node as text. Bytes and text are the same thing here, since a raw text comes back as bytes.
    /// </summary>
    public static string Show(BinaryNode node)
    {
        var text = new StringBuilder();
        Show(node, text, 0);
        return text.ToString();
    }

    private static void Show(BinaryNode node, StringBuilder text, int depth)
    {
        text.Append(' ', depth).Append(node.Tag);
        foreach (var (key, value) in node.Attributes)
            text.Append(' ').Append(key).Append('=').Append(value);
        text.Append(
            node.Content switch
            {
                NodeContent.Children => $" [{node.Children.Count}]",
                NodeContent.None => "",
                _ => " " + Convert.ToHexString(node.Bytes),
            }
        );
        text.Append('\n');
        foreach (var child in node.Children)
            Show(child, text, depth + 1);
    }

    private static byte[] Repeat(JsonElement repeat)
    {
        var bytes = new byte[repeat.GetProperty("count").GetInt32()];
        bytes.AsSpan().Fill(repeat.GetProperty("byte").GetByte());
        return bytes;
    }
}
