namespace WaOperator.WhatsApp.Events;

/// <summary>Between the events of the account's state and their protobuf. Pure.</summary>
internal static class StateSchema
{
    public static Stored.Chat Write(ChatChanged chat)
    {
        var stored = new Stored.Chat
        {
            Chat_ = chat.Chat.ToString(),
            Cleared = chat.Cleared,
            Deleted = chat.Deleted,
            Timestamp = chat.Timestamp,
        };
        if (chat.Muted is { } muted)
            stored.Muted = muted;
        if (chat.MutedUntil is { } until)
            stored.MutedUntil = until;
        if (chat.Archived is { } archived)
            stored.Archived = archived;
        if (chat.Pinned is { } pinned)
            stored.Pinned = pinned;
        if (chat.Unread is { } unread)
            stored.Unread = unread;
        return stored;
    }

    public static ChatChanged Read(Stored.Chat chat) =>
        new()
        {
            Chat = Jid.Parse(chat.Chat_),
            Muted = chat.HasMuted ? chat.Muted : null,
            MutedUntil = chat.HasMutedUntil ? chat.MutedUntil : null,
            Archived = chat.HasArchived ? chat.Archived : null,
            Pinned = chat.HasPinned ? chat.Pinned : null,
            Unread = chat.HasUnread ? chat.Unread : null,
            Cleared = chat.Cleared,
            Deleted = chat.Deleted,
            Timestamp = chat.Timestamp,
        };

    public static Stored.Marked Write(MessageMarked marked)
    {
        var stored = new Stored.Marked
        {
            Chat = marked.Chat.ToString(),
            Id = marked.Id,
            FromMe = marked.FromMe,
            Deleted = marked.Deleted,
            Timestamp = marked.Timestamp,
        };
        if (marked.Sender is { } sender)
            stored.Sender = sender.ToString();
        if (marked.Starred is { } starred)
            stored.Starred = starred;
        return stored;
    }

    public static MessageMarked Read(Stored.Marked marked) =>
        new()
        {
            Chat = Jid.Parse(marked.Chat),
            Id = marked.Id,
            FromMe = marked.FromMe,
            Sender = marked.HasSender ? Jid.Parse(marked.Sender) : null,
            Starred = marked.HasStarred ? marked.Starred : null,
            Deleted = marked.Deleted,
            Timestamp = marked.Timestamp,
        };

    public static Stored.Contact Write(ContactChanged contact)
    {
        var stored = new Stored.Contact
        {
            Contact_ = contact.Contact.ToString(),
            Removed = contact.Removed,
            Timestamp = contact.Timestamp,
        };
        if (contact.Lid is { } lid)
            stored.Lid = lid.ToString();
        if (contact.FullName is { } full)
            stored.FullName = full;
        if (contact.FirstName is { } first)
            stored.FirstName = first;
        return stored;
    }

    public static ContactChanged Read(Stored.Contact contact) =>
        new()
        {
            Contact = Jid.Parse(contact.Contact_),
            Lid = contact.HasLid ? Jid.Parse(contact.Lid) : null,
            FullName = contact.HasFullName ? contact.FullName : null,
            FirstName = contact.HasFirstName ? contact.FirstName : null,
            Removed = contact.Removed,
            Timestamp = contact.Timestamp,
        };

    public static Stored.Label Write(LabelChanged label)
    {
        var stored = new Stored.Label
        {
            Id = label.Id,
            Deleted = label.Deleted,
            Timestamp = label.Timestamp,
        };
        if (label.Name is { } name)
            stored.Name = name;
        if (label.Color is { } color)
            stored.Color = color;
        if (label.Chat is { } chat)
            stored.Chat = chat.ToString();
        if (label.MessageId is { } id)
            stored.MessageId = id;
        if (label.On is { } on)
            stored.On = on;
        return stored;
    }

    public static LabelChanged Read(Stored.Label label) =>
        new()
        {
            Id = label.Id,
            Name = label.HasName ? label.Name : null,
            Color = label.HasColor ? label.Color : null,
            Deleted = label.Deleted,
            Chat = label.HasChat ? Jid.Parse(label.Chat) : null,
            MessageId = label.HasMessageId ? label.MessageId : null,
            On = label.HasOn ? label.On : null,
            Timestamp = label.Timestamp,
        };

    public static Stored.QuickReply Write(QuickReplyChanged reply)
    {
        var stored = new Stored.QuickReply
        {
            Id = reply.Id,
            Deleted = reply.Deleted,
            Timestamp = reply.Timestamp,
        };
        if (reply.Shortcut is { } shortcut)
            stored.Shortcut = shortcut;
        if (reply.Text is { } text)
            stored.Text = text;
        return stored;
    }

    public static QuickReplyChanged Read(Stored.QuickReply reply) =>
        new()
        {
            Id = reply.Id,
            Shortcut = reply.HasShortcut ? reply.Shortcut : null,
            Text = reply.HasText ? reply.Text : null,
            Deleted = reply.Deleted,
            Timestamp = reply.Timestamp,
        };

    public static Stored.AppState Write(AppStateSynced synced)
    {
        var stored = new Stored.AppState
        {
            Collection = synced.Collection,
            Version = synced.Version,
            Records = synced.Records,
            Chats = synced.Chats,
            Contacts = synced.Contacts,
            Labels = synced.Labels,
        };
        if (synced.Error is { } error)
            stored.Error = error;
        return stored;
    }

    public static AppStateSynced Read(Stored.AppState synced) =>
        new()
        {
            Collection = synced.Collection,
            Version = synced.Version,
            Records = synced.Records,
            Chats = synced.Chats,
            Contacts = synced.Contacts,
            Labels = synced.Labels,
            Error = synced.HasError ? synced.Error : null,
        };

    public static Stored.History Write(HistorySynced synced)
    {
        var stored = new Stored.History
        {
            Part = synced.Part,
            Progress = synced.Progress,
            Chunk = synced.Chunk,
            Chats = synced.Chats,
            Messages = synced.Messages,
            Names = synced.Names,
        };
        if (synced.Request is { } request)
            stored.Request = request;
        if (synced.Error is { } error)
            stored.Error = error;
        return stored;
    }

    public static HistorySynced Read(Stored.History synced) =>
        new()
        {
            Part = synced.Part,
            Progress = synced.Progress,
            Chunk = synced.Chunk,
            Chats = synced.Chats,
            Messages = synced.Messages,
            Names = synced.Names,
            Request = synced.HasRequest ? synced.Request : null,
            Error = synced.HasError ? synced.Error : null,
        };
}
