using System.Buffers;
using System.Text.Json;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Messages;

/// <summary>The entries of the journal: what the owner of the device hears of. Pure.</summary>
internal static class Journal
{
    /// <summary>A message that was decrypted, ours from other devices included.</summary>
    /// <param name="type">"message", or "peer" for what our own devices tell each other.</param>
    /// <param name="message">Its stanza.</param>
    /// <param name="content">The serialised Message.</param>
    /// <param name="text">Its text, where it has one.</param>
    public static JournalEntry Message(
        string type,
        InboundMessage message,
        byte[] content,
        string? text
    ) =>
        new(
            type,
            message.Key,
            Write(json =>
            {
                About(json, message);
                if (text is not null)
                    json.WriteString("text", text);
                json.WriteBase64String("message", content);
            })
        );

    /// <summary>Keys came with nothing else.</summary>
    public static JournalEntry Keys(InboundMessage message) =>
        new("keys", message.Key, Write(json => About(json, message)));

    /// <summary>A message that could not be decrypted. It is not done with: it may come again and be readable.</summary>
    public static JournalEntry Undecryptable(InboundMessage message, string reason, string text) =>
        new(
            "undecryptable",
            null,
            Write(json =>
            {
                About(json, message);
                json.WriteString("reason", reason);
                json.WriteString("error", text);
            })
        );

    /// <summary>The server has a message of ours.</summary>
    public static JournalEntry Sent(OutboundMessage message, DateTimeOffset? at) =>
        new(
            "sent",
            null,
            Write(json =>
            {
                json.WriteString("id", message.Id);
                json.WriteString("chat", message.Chat);
                if (at is { } time)
                    json.WriteNumber("timestamp", time.ToUnixTimeSeconds());
            })
        );

    /// <summary>A message of ours was refused.</summary>
    public static JournalEntry Failed(OutboundMessage message, int? code) =>
        new(
            "failed",
            null,
            Write(json =>
            {
                json.WriteString("id", message.Id);
                json.WriteString("chat", message.Chat);
                if (code is { } number)
                    json.WriteNumber("code", number);
                json.WriteString("error", message.Error);
            })
        );

    /// <summary>Somebody got, read or played messages.</summary>
    public static JournalEntry Receipt(InboundReceipt receipt) =>
        new(
            "receipt",
            null,
            Write(json =>
            {
                json.WriteString("receipt", receipt.Kind);
                json.WriteString("chat", receipt.Chat.ToString());
                json.WriteString("sender", receipt.Sender.ToString());
                json.WriteBoolean("fromMe", receipt.FromMe);
                json.WriteNumber("timestamp", receipt.Timestamp);
                json.WriteStartArray("ids");
                foreach (var id in receipt.Ids)
                    json.WriteStringValue(id);
                json.WriteEndArray();
            })
        );

    /// <summary>A device has another identity key than before: it was installed anew, or somebody else uses the account.</summary>
    public static JournalEntry Identity(string device, DateTimeOffset now) =>
        new(
            "identity",
            null,
            Write(json =>
            {
                json.WriteString("device", device);
                json.WriteNumber("timestamp", now.ToUnixTimeSeconds());
            })
        );

    /// <summary>Something about a group changed: an object for each change, as the server tells it.</summary>
    public static JournalEntry Group(BinaryNode notification, Jid group) =>
        new(
            "group",
            null,
            Write(json =>
            {
                const int MaxMembers = 4096;
                json.WriteString("chat", group.ToString());
                Optional(json, "id", notification["id"]);
                Optional(json, "actor", notification["participant"]);
                Optional(json, "actorPn", notification["participant_pn"]);
                Optional(json, "timestamp", notification["t"]);
                json.WriteStartArray("changes");
                foreach (var change in notification.Children)
                {
                    json.WriteStartObject();
                    json.WriteString("action", change.Tag);
                    foreach (var (name, value) in change.Attributes)
                        json.WriteString(name == "action" ? "action_" : name, value);
                    var members = change.Child("group") ?? change;
                    json.WriteStartArray("participants");
                    foreach (var member in members.ChildrenWith("participant").Take(MaxMembers))
                        json.WriteStringValue(member["jid"]);
                    json.WriteEndArray();
                    if (change.Child("body") is { } body)
                        json.WriteString("body", body.Text);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            })
        );

    public static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void About(Utf8JsonWriter json, InboundMessage message)
    {
        json.WriteString("id", message.Id);
        json.WriteString("chat", message.Chat.ToString());
        WriteBoth(json, "chat", message.Chat, message.ChatOther);
        json.WriteString("sender", message.Sender.ToString());
        WriteBoth(json, "sender", message.Sender.Account, message.SenderOther);
        if (message.InGroup)
            json.WriteString("participant", message.Sender.Account.ToString());
        json.WriteString("addressing", message.Sender.IsLid ? "lid" : "pn");
        json.WriteBoolean("fromMe", message.FromMe);
        json.WriteNumber("timestamp", message.Timestamp);
        Optional(json, "pushName", message.PushName);
        Optional(json, "type", message.Type);
        Optional(json, "category", message.Category);
        Optional(json, "edit", message.Edit);
        if (message.IsOffline)
            json.WriteBoolean("offline", true);
    }

    private static void WriteBoth(Utf8JsonWriter json, string name, Jid one, Jid? other)
    {
        foreach (var jid in new[] { one, other })
        {
            if (jid is { IsPhone: true } phone)
                json.WriteString($"{name}Pn", phone.ToString());
            else if (jid is { IsLid: true } lid)
                json.WriteString($"{name}Lid", lid.ToString());
        }
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            json.WriteString(name, value);
    }
}
