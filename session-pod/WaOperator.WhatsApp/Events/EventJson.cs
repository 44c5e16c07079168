using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using WaOperator.WhatsApp.Content;

namespace WaOperator.WhatsApp.Events;

/// <summary>
/// Events as JSON for the owner of the device: of a message also what it says (<see cref="ReceivedJson"/>), with the keys of its
/// file and, where it is not shown whole, its bytes. Not for others. Pure.
/// </summary>
internal static class EventJson
{
    private static readonly JsonWriterOptions Plain = new()
    {
        // JSON in an answer or a line of its own, never in a page: letters may stay letters.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What readers get of an event. Total: one that cannot be shown becomes an <see cref="UnreadableEvent"/>.</summary>
    /// <returns>Its type, and a JSON object in UTF-8.</returns>
    public static (string Type, byte[] Json) Show(SessionEvent e)
    {
        try
        {
            return (e.Type, Write(e));
        }
        catch (Exception fault)
        {
            // Nothing is known to get here; what does costs its reader this event, not those behind it.
            var raw = EventCodec.Encode(e).Bytes;
            var instead = new UnreadableEvent(e.Type, $"it cannot be shown: {fault.Message}", raw);
            return (instead.Type, Write(instead));
        }
    }

    /// <summary>A JSON object in UTF-8.</summary>
    public static byte[] Write(SessionEvent e)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            Write(json, e);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, SessionEvent e)
    {
        switch (e)
        {
            case MessageReceived m:
                Message(json, m.Head, m.Content);
                break;
            case PeerMessageReceived m:
                Message(json, m.Head, m.Content);
                break;
            case KeysReceived keys:
                Head(json, keys.Head);
                break;
            case MessageUndecryptable m:
                Head(json, m.Head);
                json.WriteString("reason", m.Reason);
                json.WriteString("error", m.Error);
                break;
            case MessageSent sent:
                json.WriteString("id", sent.Id);
                json.WriteString("chat", sent.Chat);
                Number(json, "timestamp", sent.Timestamp);
                break;
            case MessageFailed failed:
                json.WriteString("id", failed.Id);
                json.WriteString("chat", failed.Chat);
                Number(json, "code", failed.Code);
                json.WriteString("error", failed.Error);
                break;
            case ReceiptReceived receipt:
                Receipt(json, receipt);
                break;
            case IdentityChanged identity:
                Text(json, "device", identity.Device);
                Text(json, "other", identity.Other);
                json.WriteNumber("timestamp", identity.Timestamp);
                if (identity.OldFingerprint is { } old)
                    json.WriteString("oldFingerprint", old);
                if (identity.NewFingerprint is { } now)
                    json.WriteString("newFingerprint", now);
                break;
            case GroupChanged group:
                Group(json, group);
                break;
            case CallOffered call:
                json.WriteString("id", call.Id);
                Text(json, "from", call.From);
                Text(json, "fromOther", call.FromOther);
                Text(json, "group", call.Group);
                json.WriteBoolean("video", call.Video);
                json.WriteNumber("timestamp", call.Timestamp);
                json.WriteBoolean("offline", call.Offline);
                break;
            case CallEnded call:
                json.WriteString("id", call.Id);
                Text(json, "from", call.From);
                Text(json, "fromOther", call.FromOther);
                Text(json, "group", call.Group);
                Text(json, "reason", call.Reason);
                json.WriteNumber("timestamp", call.Timestamp);
                json.WriteBoolean("offline", call.Offline);
                break;
            case PictureChanged picture:
                Text(json, "of", picture.Of);
                Text(json, "pictureId", picture.PictureId);
                json.WriteBoolean("removed", picture.Removed);
                Text(json, "by", picture.By);
                json.WriteNumber("timestamp", picture.Timestamp);
                break;
            case BlocklistChanged list:
                json.WriteStartArray("changes");
                foreach (var change in list.Changes)
                {
                    json.WriteStartObject();
                    Text(json, "account", change.Account);
                    Text(json, "other", change.Other);
                    json.WriteBoolean("blocked", change.Blocked);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteNumber("timestamp", list.Timestamp);
                break;
            case ChatChanged chat:
                Text(json, "chat", chat.Chat);
                Flag(json, "muted", chat.Muted);
                Number(json, "mutedUntil", chat.MutedUntil);
                Flag(json, "archived", chat.Archived);
                Flag(json, "pinned", chat.Pinned);
                Flag(json, "unread", chat.Unread);
                json.WriteBoolean("cleared", chat.Cleared);
                json.WriteBoolean("deleted", chat.Deleted);
                json.WriteNumber("timestamp", chat.Timestamp);
                break;
            case MessageMarked marked:
                Text(json, "chat", marked.Chat);
                json.WriteString("id", marked.Id);
                json.WriteBoolean("fromMe", marked.FromMe);
                Text(json, "sender", marked.Sender);
                Flag(json, "starred", marked.Starred);
                json.WriteBoolean("deleted", marked.Deleted);
                json.WriteNumber("timestamp", marked.Timestamp);
                break;
            case ContactChanged contact:
                Text(json, "contact", contact.Contact);
                Text(json, "lid", contact.Lid);
                Text(json, "fullName", contact.FullName);
                Text(json, "firstName", contact.FirstName);
                json.WriteBoolean("removed", contact.Removed);
                json.WriteNumber("timestamp", contact.Timestamp);
                break;
            case LabelChanged label:
                json.WriteString("id", label.Id);
                Text(json, "name", label.Name);
                Number(json, "color", label.Color);
                json.WriteBoolean("deleted", label.Deleted);
                Text(json, "chat", label.Chat);
                Text(json, "messageId", label.MessageId);
                Flag(json, "on", label.On);
                json.WriteNumber("timestamp", label.Timestamp);
                break;
            case QuickReplyChanged reply:
                json.WriteString("id", reply.Id);
                Text(json, "shortcut", reply.Shortcut);
                Text(json, "text", reply.Text);
                json.WriteBoolean("deleted", reply.Deleted);
                json.WriteNumber("timestamp", reply.Timestamp);
                break;
            case AppStateSynced synced:
                json.WriteString("collection", synced.Collection);
                json.WriteNumber("version", synced.Version);
                json.WriteNumber("records", synced.Records);
                json.WriteNumber("chats", synced.Chats);
                json.WriteNumber("contacts", synced.Contacts);
                json.WriteNumber("labels", synced.Labels);
                Text(json, "error", synced.Error);
                break;
            case HistorySynced synced:
                json.WriteString("part", synced.Part);
                json.WriteNumber("progress", synced.Progress);
                json.WriteNumber("chunk", synced.Chunk);
                json.WriteNumber("chats", synced.Chats);
                json.WriteNumber("messages", synced.Messages);
                json.WriteNumber("names", synced.Names);
                Text(json, "request", synced.Request);
                Text(json, "error", synced.Error);
                break;
            case UnreadableEvent unreadable:
                json.WriteString("type", unreadable.Of);
                json.WriteString("reason", unreadable.Reason);
                if (!unreadable.Raw.IsEmpty)
                    json.WriteBase64String("raw", unreadable.Raw.Span);
                break;
        }
    }

    private static void Message(Utf8JsonWriter json, MessageHead head, ReceivedContent content)
    {
        Head(json, head);
        if (content.Kind == ContentKind.Text)
            json.WriteString("text", content.Text);
        json.WritePropertyName("content");
        json.WriteRawValue(ReceivedJson.Write(content), skipInputValidation: true);
    }

    private static void Head(Utf8JsonWriter json, MessageHead head)
    {
        json.WriteString("id", head.Id);
        Text(json, "chat", head.Chat);
        Text(json, "chatPn", head.ChatPn);
        Text(json, "chatLid", head.ChatLid);
        Text(json, "sender", head.Sender);
        Text(json, "senderPn", head.SenderPn);
        Text(json, "senderLid", head.SenderLid);
        Text(json, "participant", head.Participant);
        json.WriteString("addressing", head.Addressing);
        json.WriteBoolean("fromMe", head.FromMe);
        json.WriteNumber("timestamp", head.Timestamp);
        Text(json, "pushName", head.PushName);
        Text(json, "type", head.StanzaType);
        Text(json, "category", head.Category);
        Text(json, "edit", head.Edit);
        if (head.Offline)
            json.WriteBoolean("offline", true);
    }

    private static void Receipt(Utf8JsonWriter json, ReceiptReceived receipt)
    {
        json.WriteString("receipt", receipt.Receipt);
        Text(json, "chat", receipt.Chat);
        Text(json, "sender", receipt.Sender);
        json.WriteBoolean("fromMe", receipt.FromMe);
        json.WriteNumber("timestamp", receipt.Timestamp);
        json.WriteStartArray("ids");
        foreach (var id in receipt.Ids)
            json.WriteStringValue(id);
        json.WriteEndArray();
    }

    private static void Group(Utf8JsonWriter json, GroupChanged group)
    {
        Text(json, "chat", group.Group);
        Text(json, "id", group.Id);
        Text(json, "actor", group.Actor);
        Text(json, "actorPn", group.ActorPn);
        Number(json, "timestamp", group.Timestamp);
        json.WriteStartArray("changes");
        foreach (var change in group.Changes)
        {
            json.WriteStartObject();
            json.WriteString("action", change.Action);
            json.WriteStartArray("participants");
            foreach (var member in change.Members)
                json.WriteStringValue(member.ToString());
            json.WriteEndArray();
            Text(json, "subject", change.Subject);
            Text(json, "body", change.Description);
            if (change.Linked.Count > 0)
            {
                json.WriteStartArray("linked");
                foreach (var linked in change.Linked)
                    json.WriteStringValue(linked.ToString());
                json.WriteEndArray();
            }
            if (change.Attributes.Count > 0)
            {
                json.WriteStartObject("attributes");
                foreach (var (name, value) in change.Attributes)
                    json.WriteString(name, value);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string name, Jid? value) =>
        Text(json, name, value?.ToString());

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void Flag(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } flag)
            json.WriteBoolean(name, flag);
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }
}
