using WaOperator.SessionPod.Api.Asking;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>Messages that were read.</summary>
/// <param name="Chat">The chat; null: that of the one message.</param>
/// <param name="Sender">Who sent them; null in a chat of two.</param>
/// <param name="Ids">Their ids.</param>
internal sealed record ReadMessages(Jid? Chat, Jid? Sender, IReadOnlyList<string> Ids);

/// <summary>What a chat is to be shown.</summary>
/// <param name="Chat">The chat; null: that of a message.</param>
/// <param name="Message">The id of the message; null: the chat is named.</param>
/// <param name="State">What it is shown.</param>
internal sealed record ShownState(Jid? Chat, string? Message, ChatState State);

/// <summary>Reads the requests about chats and presence; what is wrong goes to the faults. Pure.</summary>
internal static class ChatRequests
{
    private const int MaxMessages = 100;
    private const int MaxWatched = 100;
    private const int MaxId = 128;
    private const int MaxOlder = 50;
    private const string NoId =
        "it must be the id of a message as events give it: 1 to 128 letters, digits, dots, dashes or underscores";

    // WhatsApp's own clients stop there.
    private const int MaxName = 25;
    private const int MaxAbout = 139;

    /// <summary>Which messages were read.</summary>
    public static ReadMessages Read(ReadRequest request, Faults faults)
    {
        var chat =
            request is { Chat: null, Messages.Count: 1 } ? null
            : request.Chat == Jid.Status.ToString() ? Jid.Status
            : Addresses.Chat(request.Chat, "#/chat", faults);
        Jid? sender = null;
        if (chat is not { IsShared: true } && request.From is not null)
            faults.Add(
                "#/from",
                "it is for groups and statuses: in a chat of two the sender is the other one"
            );
        else if (chat is { IsShared: true })
            sender = Addresses.Account(request.From, "#/from", faults);
        if (request.Messages is not { Count: > 0 and <= MaxMessages } given)
        {
            faults.Add("#/messages", $"it must hold the ids of 1 to {MaxMessages} messages");
            return new(chat, sender, []);
        }
        for (var i = 0; i < given.Count; i++)
            if (!IsId(given[i]))
                faults.Add($"#/messages/{i}", NoId);
        return new(chat, sender, [.. given.OfType<string>()]);
    }

    /// <summary>What a chat is to be shown.</summary>
    public static ShownState Typing(TypingRequest request, Faults faults)
    {
        var chat = request is { Chat: null, Message: not null }
            ? null
            : Addresses.Chat(request.Chat, "#/chat", faults);
        if (request is { Chat: not null, Message: not null })
            faults.Add("#/message", "it is given in place of the chat, not with it");
        else if (request.Message is { } message && !IsId(message))
            faults.Add("#/message", NoId);
        ChatState? state = request.State switch
        {
            "composing" => ChatState.Composing,
            "recording" => ChatState.Recording,
            "paused" => ChatState.Paused,
            _ => null,
        };
        if (state is null)
            faults.Add("#/state", "it must be composing, recording or paused");
        return new(chat, request.Message, state ?? default);
    }

    /// <summary>Whose presence is asked for.</summary>
    public static IReadOnlyList<Jid> Watched(SubscribeRequest request, Faults faults)
    {
        if (request.Contacts is not { Count: > 0 and <= MaxWatched })
        {
            faults.Add("#/contacts", $"it must hold 1 to {MaxWatched} accounts");
            return [];
        }
        return Addresses.Accounts(request.Contacts, "#/contacts", [], faults);
    }

    /// <summary>How others are to see the account; null: as before.</summary>
    public static (string? Name, string? About) Profile(ProfileRequest request, Faults faults)
    {
        if (request is { Name: null, About: null })
            faults.Add("#", "it must have name, about or both");
        var about = request.About?.Trim();
        if (about is not null)
            Addresses.CheckText(about, MaxAbout, lines: true, "#/about", faults);
        return (request.Name is { } name ? Name(name, faults) : null, about);
    }

    /// <summary>How a chat is to be shown.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="now">The time.</param>
    /// <param name="faults">Where to say what is wrong.</param>
    public static ChatFlags Shown(ChatChange request, DateTimeOffset now, Faults faults)
    {
        if (
            request is { Archived: null, Pinned: null, Unread: null, Muted: null, MutedUntil: null }
        )
            faults.Add("#", "it must have archived, pinned, unread, muted or mutedUntil");
        if (request is { Archived: true, Pinned: true })
            faults.Add("#/pinned", "an archived chat is not pinned; ask for one of the two");
        if (request is { Muted: false, MutedUntil: not null })
            faults.Add("#/mutedUntil", "muted is false");
        else if (request.MutedUntil <= now)
            faults.Add("#/mutedUntil", "it must be in the future");
        return new()
        {
            Archived = request.Archived,
            Pinned = request.Archived == true ? false : request.Pinned,
            Unread = request.Unread,
            Muted = request.MutedUntil is null ? request.Muted : true,
            MutedUntil = request.MutedUntil,
        };
    }

    /// <summary>Before which message older ones are asked for, and how many.</summary>
    public static (string Before, int Count) Older(OlderRequest request, Faults faults)
    {
        if (!IsId(request.Before))
            faults.Add("#/before", NoId);
        if (request.Count is < 1 or > MaxOlder)
            faults.Add("#/count", $"it must be 1 to {MaxOlder}");
        return (request.Before ?? "", request.Count ?? MaxOlder);
    }

    private static string Name(string given, Faults faults)
    {
        var name = given.Trim();
        if (name.Length == 0)
            faults.Add("#/name", "it must not be empty, or of spaces only");
        else if (name.Contains('@', StringComparison.Ordinal))
            faults.Add("#/name", "it may not hold @, which WhatsApp takes for an address");
        else
            Addresses.CheckText(name, MaxName, lines: false, "#/name", faults);
        return name;
    }

    /// <summary>Whether it can be the id of a message.</summary>
    public static bool IsId(string? id) =>
        id is { Length: > 0 and <= MaxId }
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
