using System.Text.Json;

namespace WaOperator.WhatsApp.Events;

/// <summary>Events as earlier versions stored them: a JSON object each. Only read. Pure.</summary>
internal static class JsonRows
{
    /// <summary>Reads a row.</summary>
    /// <exception cref="JsonException">Damaged.</exception>
    /// <exception cref="FormatException">It lacks what such an event has, or its type is not known.</exception>
    /// <exception cref="InvalidOperationException">A value has another type, or is no text of Unicode.</exception>
    public static SessionEvent Read(string type, ReadOnlyMemory<byte> row)
    {
        using var document = JsonDocument.Parse(row);
        var json = document.RootElement;
        return type switch
        {
            EventTypes.Message => new MessageReceived(Head(json), Message(json)),
            EventTypes.Peer => new PeerMessageReceived(Head(json), Message(json)),
            EventTypes.Keys => new KeysReceived(Head(json)),
            EventTypes.Undecryptable => new MessageUndecryptable(
                Head(json),
                Required(json, "reason"),
                Required(json, "error")
            ),
            EventTypes.Sent => new MessageSent(
                Required(json, "id"),
                Required(json, "chat"),
                Number(json, "timestamp")
            ),
            EventTypes.Failed => new MessageFailed(
                Required(json, "id"),
                Required(json, "chat"),
                (int?)Number(json, "code"),
                Text(json, "error")
            ),
            EventTypes.Receipt => new ReceiptReceived(
                Required(json, "receipt"),
                Jid.Parse(Required(json, "chat")),
                Jid.Parse(Required(json, "sender")),
                True(json, "fromMe"),
                Number(json, "timestamp") ?? 0,
                [.. Items(json, "ids").Select(id => id.GetString() ?? "")]
            ),
            EventTypes.Identity => new IdentityChanged(
                Jid.Parse(Required(json, "device")),
                Number(json, "timestamp") ?? 0
            ),
            EventTypes.Group => Group(json),
            _ => throw new FormatException("Its type is not known here."),
        };
    }

    private static MessageHead Head(JsonElement json)
    {
        var chat = Jid.Parse(Required(json, "chat"));
        var sender = Jid.Parse(Required(json, "sender"));
        return new()
        {
            Id = Required(json, "id"),
            Chat = chat,
            ChatOther = Other(json, chat, "chatPn", "chatLid"),
            Sender = sender,
            SenderOther = Other(json, sender.Account, "senderPn", "senderLid"),
            InGroup = json.TryGetProperty("participant", out _),
            FromMe = True(json, "fromMe"),
            Timestamp = Number(json, "timestamp") ?? 0,
            PushName = Text(json, "pushName"),
            StanzaType = Text(json, "type"),
            Category = Text(json, "category"),
            Edit = Text(json, "edit"),
            Offline = True(json, "offline"),
        };
    }

    /// <summary>Both addresses stand there as far as they were known, the first one again.</summary>
    private static Jid? Other(JsonElement json, Jid first, string byPhone, string byLid)
    {
        foreach (var name in (string[])[byPhone, byLid])
            if (GroupChanged.Address(Text(json, name)) is { } jid && jid != first)
                return jid;
        return null;
    }

    private static byte[] Message(JsonElement json) =>
        json.TryGetProperty("message", out var bytes)
            ? bytes.GetBytesFromBase64()
            : throw new FormatException("It has no message.");

    private static GroupChanged Group(JsonElement json) =>
        new()
        {
            Group = Jid.Parse(Required(json, "chat")),
            Id = Text(json, "id"),
            Actor = GroupChanged.Address(Text(json, "actor")),
            ActorPn = GroupChanged.Address(Text(json, "actorPn")),
            Timestamp = GroupChanged.UnixSeconds(Text(json, "timestamp")),
            Changes = [.. Items(json, "changes").Select(Change)],
        };

    private static GroupChange Change(JsonElement json)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
            if (property.Name is not ("action" or "participants" or "subject" or "body"))
                attributes[property.Name == "action_" ? "action" : property.Name] =
                    property.Value.GetString() ?? "";
        return new()
        {
            Action = Required(json, "action"),
            Members =
            [
                .. Items(json, "participants")
                    .Select(member => GroupChanged.Address(member.GetString()))
                    .OfType<Jid>(),
            ],
            Subject = Text(json, "subject"),
            Description = Text(json, "body"),
            Attributes = attributes,
        };
    }

    private static string Required(JsonElement json, string name) =>
        Text(json, name) ?? throw new FormatException($"It has no {name}.");

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static bool True(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.GetBoolean();

    private static JsonElement.ArrayEnumerator Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value)
            ? value.EnumerateArray()
            : throw new FormatException($"It has no {name}.");
}
