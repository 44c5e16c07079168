using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>A value in a JSON file that remembers where it stands, so that a refusal can say so.</summary>
internal readonly struct Field(string file, string path, JsonElement value)
{
    private const int MaxName = 64;

    public string File => file;

    public JsonElement Value => value;

    /// <summary>A member that must be there.</summary>
    /// <exception cref="ImportException">It is not, or this is no object.</exception>
    public Field this[string name] => Optional(name) ?? throw Bad($"lacks {name}");

    /// <summary>A member; null where it is absent or null.</summary>
    /// <exception cref="ImportException">This is no object.</exception>
    public Field? Optional(string name)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad("is not an object");
        return value.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null
            ? Member(name, member)
            : null;
    }

    /// <summary>All members in their order.</summary>
    /// <exception cref="ImportException">This is no object.</exception>
    public IEnumerable<(string Name, Field Field)> Members()
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad("is not an object");
        foreach (var member in value.EnumerateObject())
            yield return (member.Name, Member(member.Name, member.Value));
    }

    /// <summary>All elements in their order.</summary>
    /// <exception cref="ImportException">This is no array.</exception>
    public IEnumerable<Field> Elements()
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw Bad("is not an array");
        var index = 0;
        foreach (var element in value.EnumerateArray())
            yield return Member(index++.ToString(CultureInfo.InvariantCulture), element);
    }

    /// <summary>A text.</summary>
    /// <exception cref="ImportException">It is none.</exception>
    public string Text() =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Bad("is not a string");

    /// <summary>A whole number.</summary>
    /// <exception cref="ImportException">It is none, or outside the range.</exception>
    public long Number(long min, long max) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
        && number >= min
        && number <= max
            ? number
            : throw Bad($"is not a whole number from {min} to {max}");

    /// <summary>A Curve25519 public key of 32 bytes, or of 33 with the type byte 05 before it.</summary>
    /// <exception cref="ImportException">It is none.</exception>
    public byte[] PublicKey()
    {
        var bytes = Bytes(Curve25519.KeySize + 1);
        return bytes.Length switch
        {
            Curve25519.KeySize => bytes,
            Curve25519.KeySize + 1 when bytes[0] == SignedPreKey.KeyType => bytes[1..],
            _ => throw Bad("is not a public key of 32 bytes (or 33, 05 first)"),
        };
    }

    /// <summary>Bytes of a length that is known.</summary>
    /// <exception cref="ImportException">Not bytes, or of another length.</exception>
    public byte[] Exactly(int length)
    {
        var bytes = Bytes(length);
        return bytes.Length == length
            ? bytes
            : throw Bad($"has {bytes.Length} bytes and must have {length}");
    }

    /// <summary>
    /// Bytes in any of the forms that Baileys has written: base64, an array of numbers, an object with the indexes as names,
    /// or a Buffer that holds one of them.
    /// </summary>
    /// <exception cref="ImportException">Not bytes, or more of them than allowed.</exception>
    public byte[] Bytes(int max) =>
        value.ValueKind switch
        {
            JsonValueKind.String => Decode(max),
            JsonValueKind.Array => Numbers(value.EnumerateArray(), value.GetArrayLength(), max),
            JsonValueKind.Object when Buffer() is { } buffer => buffer.Bytes(max),
            JsonValueKind.Object => Indexed(max),
            _ => throw Bad("holds no bytes"),
        };

    public ImportException Bad(string problem, Exception? inner = null) =>
        new(file, path, problem, inner);

    private Field Member(string name, JsonElement member)
    {
        if (name.Length > MaxName)
            name = string.Concat(name.AsSpan(0, MaxName), "…");
        return new(file, path.Length == 0 ? name : $"{path}.{name}", member);
    }

    // {"type":"Buffer","data":...}; older releases wrote {"buffer":true,"data":...} or "value".
    private Field? Buffer()
    {
        var isBuffer =
            value.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.ValueEquals("Buffer")
            || value.TryGetProperty("buffer", out var flag) && flag.ValueKind == JsonValueKind.True;
        if (!isBuffer)
            return null;
        var content = Optional("data") ?? this["value"];
        return content.Value.ValueKind is JsonValueKind.String or JsonValueKind.Array
            ? content
            : throw content.Bad("holds no bytes");
    }

    private byte[] Indexed(int max)
    {
        var numbers = new List<JsonElement>();
        foreach (var member in value.EnumerateObject())
        {
            if (!member.NameEquals(numbers.Count.ToString(CultureInfo.InvariantCulture)))
                throw Bad("holds no bytes");
            numbers.Add(member.Value);
            CheckLength(numbers.Count, max);
        }
        return Numbers(numbers, numbers.Count, max);
    }

    private byte[] Numbers(IEnumerable<JsonElement> numbers, int count, int max)
    {
        CheckLength(count, max);
        var bytes = new byte[count];
        var at = 0;
        foreach (var number in numbers)
        {
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetByte(out bytes[at++]))
                throw Bad("holds something that is not a byte");
        }
        return bytes;
    }

    private byte[] Decode(int max)
    {
        var text = Encoding.UTF8.GetBytes(Text());
        // Whitespace and padding are at most a little; what is far longer is not decoded at all.
        if (text.Length > Base64Length(max))
            throw Bad($"has more than {max} bytes");
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        var status = Base64.DecodeFromUtf8(text, bytes, out _, out var written);
        if (status != System.Buffers.OperationStatus.Done)
            throw Bad("is not base64");
        CheckLength(written, max);
        return bytes.AsSpan(0, written).ToArray();
    }

    private static long Base64Length(int max) => (max + 2L) / 3 * 4 + 16;

    private void CheckLength(int length, int max)
    {
        if (length > max)
            throw Bad($"has {length} bytes or more; at most {max} are expected");
    }
}
