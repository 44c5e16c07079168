using Google.Protobuf;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Events;

/// <summary>Between events and their protobuf. Pure.</summary>
internal static class EventSchema
{
    public static Stored.Event Write(SessionEvent e) =>
        e switch
        {
            MessageReceived m => new() { Message = Write(m.Head, m.Message) },
            PeerMessageReceived m => new() { Peer = Write(m.Head, m.Message) },
            KeysReceived m => new() { Keys = new() { Head = Write(m.Head) } },
            MessageUndecryptable m => new()
            {
                Undecryptable = new()
                {
                    Head = Write(m.Head),
                    Reason = m.Reason,
                    Error = m.Error,
                },
            },
            MessageSent m => new() { Sent = Write(m) },
            MessageFailed m => new() { Failed = Write(m) },
            ReceiptReceived r => new() { Receipt = Write(r) },
            IdentityChanged i => new() { Identity = Write(i) },
            GroupChanged g => new() { Group = Write(g) },
            CallOffered c => new() { Call = Write(c) },
            CallEnded c => new() { CallEnd = Write(c) },
            PictureChanged p => new() { Picture = Write(p) },
            BlocklistChanged b => new() { Blocklist = Write(b) },
            ChatChanged c => new() { Chat = StateSchema.Write(c) },
            MessageMarked m => new() { Marked = StateSchema.Write(m) },
            ContactChanged c => new() { Contact = StateSchema.Write(c) },
            LabelChanged l => new() { Label = StateSchema.Write(l) },
            QuickReplyChanged q => new() { QuickReply = StateSchema.Write(q) },
            AppStateSynced s => new() { AppState = StateSchema.Write(s) },
            HistorySynced s => new() { History = StateSchema.Write(s) },
            _ => throw new ArgumentException($"An event '{e.Type}' is not stored.", nameof(e)),
        };

    /// <exception cref="FormatException">It lacks what such an event has.</exception>
    public static SessionEvent Read(Stored.Event stored) =>
        stored.KindCase switch
        {
            Stored.Event.KindOneofCase.Message => new MessageReceived(
                Read(stored.Message.Head),
                stored.Message.Message.Memory
            ),
            Stored.Event.KindOneofCase.Peer => new PeerMessageReceived(
                Read(stored.Peer.Head),
                stored.Peer.Message.Memory
            ),
            Stored.Event.KindOneofCase.Keys => new KeysReceived(Read(stored.Keys.Head)),
            Stored.Event.KindOneofCase.Undecryptable => new MessageUndecryptable(
                Read(stored.Undecryptable.Head),
                stored.Undecryptable.Reason,
                stored.Undecryptable.Error
            ),
            Stored.Event.KindOneofCase.Sent => new MessageSent(
                stored.Sent.Id,
                stored.Sent.Chat,
                stored.Sent.HasTimestamp ? stored.Sent.Timestamp : null
            )
            {
                Note = stored.Sent.HasNote ? stored.Sent.Note.ToByteArray() : null,
            },
            Stored.Event.KindOneofCase.Failed => new MessageFailed(
                stored.Failed.Id,
                stored.Failed.Chat,
                stored.Failed.HasCode ? stored.Failed.Code : null,
                stored.Failed.HasError ? stored.Failed.Error : null
            )
            {
                Note = stored.Failed.HasNote ? stored.Failed.Note.ToByteArray() : null,
            },
            Stored.Event.KindOneofCase.Receipt => new ReceiptReceived(
                stored.Receipt.Receipt_,
                Jid.Parse(stored.Receipt.Chat),
                Jid.Parse(stored.Receipt.Sender),
                stored.Receipt.FromMe,
                stored.Receipt.Timestamp,
                [.. stored.Receipt.Ids]
            ),
            Stored.Event.KindOneofCase.Identity => Read(stored.Identity),
            Stored.Event.KindOneofCase.Group => Read(stored.Group),
            Stored.Event.KindOneofCase.Call => Read(stored.Call),
            Stored.Event.KindOneofCase.CallEnd => Read(stored.CallEnd),
            Stored.Event.KindOneofCase.Picture => Read(stored.Picture),
            Stored.Event.KindOneofCase.Blocklist => Read(stored.Blocklist),
            Stored.Event.KindOneofCase.Chat => StateSchema.Read(stored.Chat),
            Stored.Event.KindOneofCase.Marked => StateSchema.Read(stored.Marked),
            Stored.Event.KindOneofCase.Contact => StateSchema.Read(stored.Contact),
            Stored.Event.KindOneofCase.Label => StateSchema.Read(stored.Label),
            Stored.Event.KindOneofCase.QuickReply => StateSchema.Read(stored.QuickReply),
            Stored.Event.KindOneofCase.AppState => StateSchema.Read(stored.AppState),
            Stored.Event.KindOneofCase.History => StateSchema.Read(stored.History),
            _ => throw new FormatException("It is an event of a kind that is not known here."),
        };

    private static Stored.Received Write(MessageHead head, ReadOnlyMemory<byte> message) =>
        new() { Head = Write(head), Message = UnsafeByteOperations.UnsafeWrap(message) };

    private static Stored.Head Write(MessageHead head)
    {
        var stored = new Stored.Head
        {
            Id = head.Id,
            Chat = head.Chat.ToString(),
            Sender = head.Sender.ToString(),
            InGroup = head.InGroup,
            FromMe = head.FromMe,
            Timestamp = head.Timestamp,
            Offline = head.Offline,
        };
        if (head.ChatOther is { } chat)
            stored.ChatOther = chat.ToString();
        if (head.SenderOther is { } sender)
            stored.SenderOther = sender.ToString();
        if (head.PushName is { } name)
            stored.PushName = name;
        if (head.StanzaType is { } type)
            stored.StanzaType = type;
        if (head.Category is { } category)
            stored.Category = category;
        if (head.Edit is { } edit)
            stored.Edit = edit;
        return stored;
    }

    private static MessageHead Read(Stored.Head? head) =>
        head is null
            ? throw new FormatException("It has no head.")
            : new()
            {
                Id = head.Id,
                Chat = Jid.Parse(head.Chat),
                ChatOther = head.HasChatOther ? Jid.Parse(head.ChatOther) : null,
                Sender = Jid.Parse(head.Sender),
                SenderOther = head.HasSenderOther ? Jid.Parse(head.SenderOther) : null,
                InGroup = head.InGroup,
                FromMe = head.FromMe,
                Timestamp = head.Timestamp,
                PushName = head.HasPushName ? head.PushName : null,
                StanzaType = head.HasStanzaType ? head.StanzaType : null,
                Category = head.HasCategory ? head.Category : null,
                Edit = head.HasEdit ? head.Edit : null,
                Offline = head.Offline,
            };

    private static Stored.Identity Write(IdentityChanged changed)
    {
        var stored = new Stored.Identity
        {
            Device = changed.Device.ToString(),
            Timestamp = changed.Timestamp,
        };
        if (changed.Other is { } other)
            stored.Other = other.ToString();
        if (changed.OldFingerprint is { } old)
            stored.OldFingerprint = ByteString.CopyFrom(Convert.FromHexString(old));
        if (changed.NewFingerprint is { } now)
            stored.NewFingerprint = ByteString.CopyFrom(Convert.FromHexString(now));
        return stored;
    }

    private static IdentityChanged Read(Stored.Identity stored) =>
        new(Jid.Parse(stored.Device), stored.Timestamp)
        {
            Other = stored.HasOther ? Jid.Parse(stored.Other) : null,
            OldFingerprint = stored.HasOldFingerprint ? Digits(stored.OldFingerprint) : null,
            NewFingerprint = stored.HasNewFingerprint ? Digits(stored.NewFingerprint) : null,
        };

    private static string Digits(ByteString fingerprint) =>
        fingerprint.Length == Fingerprint.Size
            ? Convert.ToHexStringLower(fingerprint.Span)
            : throw new FormatException($"A fingerprint has {fingerprint.Length} bytes.");

    private static Stored.Sent Write(MessageSent sent)
    {
        var stored = new Stored.Sent { Id = sent.Id, Chat = sent.Chat };
        if (sent.Timestamp is { } time)
            stored.Timestamp = time;
        if (sent.Note is { } note)
            stored.Note = UnsafeByteOperations.UnsafeWrap(note);
        return stored;
    }

    private static Stored.Failed Write(MessageFailed failed)
    {
        var stored = new Stored.Failed { Id = failed.Id, Chat = failed.Chat };
        if (failed.Code is { } code)
            stored.Code = code;
        if (failed.Error is { } error)
            stored.Error = error;
        if (failed.Note is { } note)
            stored.Note = UnsafeByteOperations.UnsafeWrap(note);
        return stored;
    }

    private static Stored.Receipt Write(ReceiptReceived receipt) =>
        new()
        {
            Receipt_ = receipt.Receipt,
            Chat = receipt.Chat.ToString(),
            Sender = receipt.Sender.ToString(),
            FromMe = receipt.FromMe,
            Timestamp = receipt.Timestamp,
            Ids = { receipt.Ids },
        };

    private static Stored.Group Write(GroupChanged group)
    {
        var stored = new Stored.Group { Group_ = group.Group.ToString() };
        if (group.Id is { } id)
            stored.Id = id;
        if (group.Actor is { } actor)
            stored.Actor = actor.ToString();
        if (group.ActorPn is { } phone)
            stored.ActorPn = phone.ToString();
        if (group.Timestamp is { } time)
            stored.Timestamp = time;
        stored.Changes.AddRange(group.Changes.Select(Write));
        return stored;
    }

    private static Stored.Change Write(GroupChange change)
    {
        var stored = new Stored.Change { Action = change.Action };
        stored.Members.AddRange(change.Members.Select(member => member.ToString()));
        if (change.Subject is { } subject)
            stored.Subject = subject;
        if (change.Description is { } description)
            stored.Description = description;
        stored.Linked.AddRange(change.Linked.Select(group => group.ToString()));
        foreach (var (name, value) in change.Attributes)
            stored.Attributes.Add(name, value);
        return stored;
    }

    private static GroupChanged Read(Stored.Group group) =>
        new()
        {
            Group = Jid.Parse(group.Group_),
            Id = group.HasId ? group.Id : null,
            Actor = group.HasActor ? Jid.Parse(group.Actor) : null,
            ActorPn = group.HasActorPn ? Jid.Parse(group.ActorPn) : null,
            Timestamp = group.HasTimestamp ? group.Timestamp : null,
            Changes =
            [
                .. group.Changes.Select(change => new GroupChange
                {
                    Action = change.Action,
                    Members = [.. change.Members.Select(Jid.Parse)],
                    Subject = change.HasSubject ? change.Subject : null,
                    Description = change.HasDescription ? change.Description : null,
                    Linked = [.. change.Linked.Select(Jid.Parse)],
                    Attributes = new Dictionary<string, string>(
                        change.Attributes,
                        StringComparer.Ordinal
                    ),
                }),
            ],
        };

    private static Stored.Call Write(CallOffered call)
    {
        var stored = new Stored.Call
        {
            Id = call.Id,
            From = call.From.ToString(),
            Video = call.Video,
            Timestamp = call.Timestamp,
            Offline = call.Offline,
        };
        if (call.FromOther is { } other)
            stored.FromOther = other.ToString();
        if (call.Group is { } group)
            stored.Group = group.ToString();
        return stored;
    }

    private static CallOffered Read(Stored.Call call) =>
        new()
        {
            Id = call.Id,
            From = Jid.Parse(call.From),
            FromOther = call.HasFromOther ? Jid.Parse(call.FromOther) : null,
            Group = call.HasGroup ? Jid.Parse(call.Group) : null,
            Video = call.Video,
            Timestamp = call.Timestamp,
            Offline = call.Offline,
        };

    private static Stored.CallEnd Write(CallEnded call)
    {
        var stored = new Stored.CallEnd
        {
            Id = call.Id,
            From = call.From.ToString(),
            Timestamp = call.Timestamp,
            Offline = call.Offline,
        };
        if (call.FromOther is { } other)
            stored.FromOther = other.ToString();
        if (call.Group is { } group)
            stored.Group = group.ToString();
        if (call.Reason is { } reason)
            stored.Reason = reason;
        return stored;
    }

    private static CallEnded Read(Stored.CallEnd call) =>
        new()
        {
            Id = call.Id,
            From = Jid.Parse(call.From),
            FromOther = call.HasFromOther ? Jid.Parse(call.FromOther) : null,
            Group = call.HasGroup ? Jid.Parse(call.Group) : null,
            Reason = call.HasReason ? call.Reason : null,
            Timestamp = call.Timestamp,
            Offline = call.Offline,
        };

    private static Stored.Picture Write(PictureChanged picture)
    {
        var stored = new Stored.Picture
        {
            Of = picture.Of.ToString(),
            Removed = picture.Removed,
            Timestamp = picture.Timestamp,
        };
        if (picture.PictureId is { } id)
            stored.PictureId = id;
        if (picture.By is { } by)
            stored.By = by.ToString();
        return stored;
    }

    private static PictureChanged Read(Stored.Picture picture) =>
        new()
        {
            Of = Jid.Parse(picture.Of),
            PictureId = picture.HasPictureId ? picture.PictureId : null,
            Removed = picture.Removed,
            By = picture.HasBy ? Jid.Parse(picture.By) : null,
            Timestamp = picture.Timestamp,
        };

    private static Stored.Blocklist Write(BlocklistChanged list)
    {
        var stored = new Stored.Blocklist { Timestamp = list.Timestamp };
        foreach (var change in list.Changes)
        {
            var one = new Stored.Block
            {
                Account = change.Account.ToString(),
                Blocked = change.Blocked,
            };
            if (change.Other is { } other)
                one.Other = other.ToString();
            stored.Changes.Add(one);
        }
        return stored;
    }

    private static BlocklistChanged Read(Stored.Blocklist list) =>
        new()
        {
            Changes =
            [
                .. list.Changes.Select(c => new BlockChange(
                    Jid.Parse(c.Account),
                    c.HasOther ? Jid.Parse(c.Other) : null,
                    c.Blocked
                )),
            ],
            Timestamp = list.Timestamp,
        };
}
