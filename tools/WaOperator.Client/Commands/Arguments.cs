using System.Text.Json.Nodes;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;

namespace WaOperator.Client.Commands;

/// <summary>The arguments of a command, as JSON. What is missing or has the wrong form is a <see cref="FormatException"/> that names it.</summary>
internal sealed class Arguments(JsonObject json)
{
    private const int MaxText = 65_536;

    /// <summary>A text that must be there.</summary>
    public string Text(string name) =>
        OptionalText(name) ?? throw new FormatException($"'{name}' is missing.");

    /// <summary>What a message says: not nothing, and no longer than WhatsApp's own clients allow.</summary>
    public string Said()
    {
        var text = Text("text");
        return text.Trim().Length > 0 && text.Length <= MaxText
            ? text
            : throw new FormatException(
                $"'text' must have 1 to {MaxText} characters, and not only spaces; it has {text.Length}."
            );
    }

    /// <summary>A text, or null.</summary>
    public string? OptionalText(string name) =>
        json[name] switch
        {
            null => null,
            JsonValue value when value.TryGetValue(out string? text) => text,
            _ => throw new FormatException($"'{name}' is not a text."),
        };

    /// <summary>Whether there is such an argument.</summary>
    public bool Has(string name) => json[name] is not null;

    /// <summary>A number that must be there.</summary>
    public double Number(string name) =>
        json[name] is JsonValue value && value.TryGetValue(out double number)
            ? number
            : throw new FormatException($"'{name}' is missing or not a number.");

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise = false) =>
        json[name] switch
        {
            null => otherwise,
            JsonValue value when value.TryGetValue(out bool flag) => flag,
            _ => throw new FormatException($"'{name}' is neither true nor false."),
        };

    /// <summary>A list of texts; empty where there is none.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        json[name] switch
        {
            null => [],
            JsonArray list =>
            [
                .. list.Select(item =>
                    item is JsonValue value && value.TryGetValue(out string? text)
                        ? text
                        : throw new FormatException($"'{name}' is not a list of texts.")
                ),
            ],
            _ => throw new FormatException($"'{name}' is not a list of texts."),
        };

    /// <summary>A chat that must be there: also one that is only read, such as a channel.</summary>
    public Jid Chat(string name) =>
        Jid.TryParse(Text(name), out var jid) && jid.User.Length > 0 ? jid : Address(name);

    /// <summary>The address of an account or a group that must be there.</summary>
    public Jid Address(string name) => Address(Text(name), name);

    /// <summary>An address, or null.</summary>
    public Jid? OptionalAddress(string name) =>
        OptionalText(name) is { } text ? Address(text, name) : null;

    /// <summary>Addresses.</summary>
    public IReadOnlyList<Jid> Addresses(string name) =>
        [.. Texts(name).Select(text => Address(text, name))];

    private static Jid Address(string text, string name)
    {
        if (text == Jid.Status.ToString())
            return Jid.Status;
        if (text.Contains('@', StringComparison.Ordinal))
            return Jid.TryParseAddressee(text, out var jid, out var why)
                ? jid
                : throw new FormatException($"'{name}' is not a valid address: {why}.");
        return PhoneNumberReader.TryRead(text, out var number, out var problem)
            ? new(number, Jid.PhoneServer)
            : throw new FormatException($"'{name}' is not a valid phone number: {problem}.");
    }
}
