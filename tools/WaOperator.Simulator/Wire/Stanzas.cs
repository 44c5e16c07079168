using System.Globalization;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Wire;

/// <summary>Makes the stanzas that a server sends. Ids are decimal: an id with '@' would be written as an address.</summary>
internal static class Stanzas
{
    private static long _ids;

    /// <summary>The server's own address, a pair with an empty user.</summary>
    public static readonly string Server = Jid.ServerItself.ToString();

    /// <summary>A new id for a stanza of the server.</summary>
    public static string NewId() =>
        Interlocked.Increment(ref _ids).ToString(CultureInfo.InvariantCulture);

    /// <summary>A query of the server, with one child.</summary>
    public static BinaryNode Set(string xmlns, BinaryNode child) =>
        new("iq")
        {
            ["from"] = Server,
            ["type"] = "set",
            ["id"] = NewId(),
            ["xmlns"] = xmlns,
            Children = [child],
        };

    /// <summary>The answer to a query.</summary>
    public static BinaryNode Result(BinaryNode iq, params BinaryNode[] children) =>
        children.Length == 0
            ? new("iq")
            {
                ["from"] = Sender(iq),
                ["type"] = "result",
                ["id"] = iq["id"],
            }
            : new("iq")
            {
                ["from"] = Sender(iq),
                ["type"] = "result",
                ["id"] = iq["id"],
                Children = children,
            };

    /// <summary>The refusal of a query.</summary>
    public static BinaryNode Error(BinaryNode iq, int code, string text) =>
        new("iq")
        {
            ["from"] = Sender(iq),
            ["type"] = "error",
            ["id"] = iq["id"],
            Children = [new("error") { ["code"] = Text(code), ["text"] = text }],
        };

    /// <summary>The server has taken a stanza over.</summary>
    public static BinaryNode Ack(BinaryNode stanza, long seconds, int? error = null) =>
        new("ack")
        {
            ["class"] = stanza.Tag,
            ["id"] = stanza["id"],
            ["from"] = Sender(stanza),
            ["participant"] = stanza["participant"],
            ["type"] = stanza.Tag == "receipt" ? stanza["type"] : null,
            ["t"] = Text(seconds),
            ["error"] = error is { } code ? Text(code) : null,
        };

    /// <summary>An information of the server.</summary>
    public static BinaryNode Info(BinaryNode child) =>
        new("ib") { ["from"] = Server, Children = [child] };

    /// <summary>The login is refused.</summary>
    public static BinaryNode Failure(
        int reason,
        IReadOnlyDictionary<string, string>? attributes = null
    )
    {
        var failure = new BinaryNode("failure") { ["reason"] = Text(reason), ["location"] = "sim" };
        foreach (var (name, value) in attributes ?? new Dictionary<string, string>())
            failure[name] = value;
        return failure;
    }

    /// <summary>The connection ends with a code, such as 515 (connect again) or 503.</summary>
    public static BinaryNode StreamError(int code) => new("stream:error") { ["code"] = Text(code) };

    /// <summary>The connection ends because a newer one of the same device logged in.</summary>
    public static BinaryNode Replaced() =>
        new("stream:error") { Children = [new("conflict") { ["type"] = "replaced" }] };

    /// <summary>The connection ends because the device is no longer linked.</summary>
    public static BinaryNode DeviceRemoved() =>
        new("stream:error")
        {
            ["code"] = "401",
            Children = [new("conflict") { ["type"] = "device_removed" }],
        };

    /// <summary>A copy with one attribute more.</summary>
    public static BinaryNode With(this BinaryNode node, string name, string value)
    {
        var copy = node.Content switch
        {
            NodeContent.Children => new BinaryNode(node.Tag) { Children = node.Children },
            NodeContent.Bytes => new(node.Tag) { Bytes = node.Bytes },
            NodeContent.Text => new(node.Tag) { Text = node.Text },
            _ => new(node.Tag),
        };
        foreach (var (key, old) in node.Attributes)
            copy[key] = old;
        copy[name] = value;
        return copy;
    }

    /// <summary>Who answers: whom the client addressed, in the form of an address.</summary>
    private static string Sender(BinaryNode stanza) =>
        stanza["to"] is { } to && to.Contains('@', StringComparison.Ordinal) ? to : Server;

    /// <summary>A number as attributes carry it.</summary>
    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
