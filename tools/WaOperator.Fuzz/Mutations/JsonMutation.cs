using System.Text;
using System.Text.Json.Nodes;

namespace WaOperator.Fuzz.Mutations;

/// <summary>Damage to JSON that stays JSON: members of any depth are dropped, copied, renamed or given another value.</summary>
internal static class JsonMutation
{
    private static readonly string[] Numbers =
    [
        "-1",
        "0",
        "1",
        "2",
        "255",
        "256",
        "1e3",
        "0.5",
        "16777216",
        "4294967294",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "1e400",
    ];

    private static readonly string[] Texts =
    [
        "",
        "AAAA",
        "=",
        "\ud800",
        "Buffer",
        "v1",
        "491511111111:1@s.whatsapp.net",
        "@lid",
        "_1",
        "constructor",
    ];

    /// <summary>Changes one to four members.</summary>
    public static byte[] Change(Random random, byte[] original)
    {
        var root = JsonNode.Parse(original)!;
        for (var changes = random.Next(1, 5); changes > 0; changes--)
            root = ChangeAt(random, root);
        // Not by the serializer: what is put in is not always valid.
        var text = new StringBuilder();
        Write(root, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static JsonNode ChangeAt(Random random, JsonNode node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                var name = members.GetAt(random.Next(members.Count)).Key;
                ChangeMember(random, members, name);
                return members;
            case JsonArray { Count: > 0 } elements:
                var index = random.Next(elements.Count);
                var element = elements[index];
                elements[index] = null;
                if (random.Next(4) == 0)
                    elements.Insert(index, Other(random));
                elements[index] = element is null ? Other(random) : ChangeAt(random, element);
                return elements;
            default:
                return Other(random);
        }
    }

    private static void ChangeMember(Random random, JsonObject members, string name)
    {
        var value = members[name];
        members.Remove(name);
        switch (random.Next(8))
        {
            case 0:
                return;
            case 1:
                members[name] = Other(random);
                return;
            case 2:
                members[Texts[random.Next(Texts.Length)]] = value;
                return;
            case 3 when value is not null:
                members[name + "A"] = value.DeepClone();
                members[name] = value;
                return;
            default:
                members[name] = value is null ? Other(random) : ChangeAt(random, value);
                return;
        }
    }

    private static JsonNode Other(Random random) =>
        random.Next(8) switch
        {
            0 => new JsonArray(),
            1 => new JsonObject(),
            2 => JsonValue.Create(random.Next(2) == 0),
            3 => new JsonArray([.. Enumerable.Range(0, random.Next(70)).Select(i => (JsonNode)i)]),
            4 => Deep(random.Next(1, 40)),
            5 => JsonValue.Create(Convert.ToBase64String(new byte[random.Next(70)])),
            6 => JsonValue.Create(Texts[random.Next(Texts.Length)]),
            _ => JsonNode.Parse(Numbers[random.Next(Numbers.Length)])!,
        };

    private static JsonNode Deep(int depth)
    {
        JsonNode node = new JsonArray();
        for (; depth > 0; depth--)
            node = new JsonObject { ["data"] = node, ["type"] = "Buffer" };
        return node;
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject members:
                text.Append('{');
                foreach (var (name, value) in members)
                {
                    text.Append(text[^1] == '{' ? "" : ",");
                    Quote(name, text);
                    text.Append(':');
                    Write(value, text);
                }
                text.Append('}');
                break;
            case JsonArray elements:
                text.Append('[');
                for (var i = 0; i < elements.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Write(elements[i], text);
                }
                text.Append(']');
                break;
            case JsonValue value when value.TryGetValue<string>(out var quoted):
                Quote(quoted, text);
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void Quote(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (
                char.IsAsciiLetterOrDigit(c)
                || c is '+' or '/' or '=' or ' ' or '.' or ':' or '@' or '_' or '-'
            )
                text.Append(c);
            else
                text.Append("\\u")
                    .Append(
                        ((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture)
                    );
        }
        text.Append('"');
    }
}
