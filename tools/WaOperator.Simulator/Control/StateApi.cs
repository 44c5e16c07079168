using System.Text.Json.Serialization;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.PhoneState;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.AppState;

namespace WaOperator.Simulator.Control;

/// <summary>Something that the phone's user does. Which fields belong to which kind says the README.</summary>
internal sealed record StateChangeRequest(
    StateChangeKind? Kind,
    string? Chat,
    bool? On,
    DateTimeOffset? Until,
    string? Id,
    bool? FromMe,
    string? Sender,
    string? Name,
    string? FirstName,
    string? Label,
    int? Color,
    string? Shortcut,
    string? Text
);

/// <summary>What a user can do to the account's state.</summary>
[JsonConverter(typeof(StateChangeKindConverter))]
internal enum StateChangeKind
{
    Mute,
    Archive,
    Pin,
    Unread,
    Star,
    Clear,
    Delete,
    DeleteForMe,
    Contact,
    ContactRemoved,
    PushName,
    Label,
    Labeled,
    QuickReply,
}

internal sealed class StateChangeKindConverter()
    : JsonStringEnumConverter<StateChangeKind>(System.Text.Json.JsonNamingPolicy.KebabCaseLower);

/// <summary>What is to be done, in order; what belongs to one collection goes into one patch.</summary>
internal sealed record StateChangesRequest(IReadOnlyList<StateChangeRequest>? Changes);

/// <summary>A collection of the phone.</summary>
internal sealed record StateCollectionAnswer(ulong Version, string Hash, int Records);

/// <summary>A chat as the phone shows it.</summary>
internal sealed record StateChatAnswer
{
    public DateTimeOffset? MutedUntil { get; set; }
    public bool Archived { get; set; }
    public bool Pinned { get; set; }
    public bool Unread { get; set; }
}

/// <summary>The account's state as the phone has it.</summary>
internal sealed record StateAnswer(
    int Keys,
    int Refused,
    IReadOnlyDictionary<string, StateCollectionAnswer> Collections,
    IReadOnlyDictionary<string, StateChatAnswer> Chats,
    IReadOnlyList<string> Starred,
    IReadOnlyList<string> Cleared,
    IReadOnlyList<string> Deleted,
    IReadOnlyList<string> DeletedForMe,
    IReadOnlyDictionary<string, string?> Contacts,
    IReadOnlyDictionary<string, string?> Labels,
    IReadOnlyList<string> Labeled,
    IReadOnlyDictionary<string, string> QuickReplies,
    string? PushName
)
{
    public static StateAnswer Of(AccountState state)
    {
        lock (state.Gate)
        {
            var chats = new SortedDictionary<string, StateChatAnswer>(StringComparer.Ordinal);
            var (starred, cleared) = (new List<string>(), new List<string>());
            var (deleted, deletedForMe) = (new List<string>(), new List<string>());
            var contacts = new SortedDictionary<string, string?>(StringComparer.Ordinal);
            var labeled = new List<string>();
            var labels = new SortedDictionary<string, string?>(StringComparer.Ordinal);
            var quickReplies = new SortedDictionary<string, string>(StringComparer.Ordinal);
            string? pushName = null;
            StateChatAnswer Chat(Jid jid) =>
                chats.TryGetValue(jid.ToString(), out var chat)
                    ? chat
                    : chats[jid.ToString()] = new();
            foreach (
                var change in state
                    .Collections.Values.SelectMany(state.Read)
                    .Select(ActionReader.Read)
            )
            {
                switch (change)
                {
                    case AccountChange.Mute m:
                        Chat(m.Chat).MutedUntil = m.Until;
                        break;
                    case AccountChange.Archive a:
                        Chat(a.Chat).Archived = a.Archived;
                        break;
                    case AccountChange.Pin p:
                        Chat(p.Chat).Pinned = p.Pinned;
                        break;
                    case AccountChange.MarkRead r:
                        Chat(r.Chat).Unread = !r.Read;
                        break;
                    case AccountChange.Star { Starred: true } s:
                        starred.Add(s.Message.Id);
                        break;
                    case AccountChange.Clear c:
                        cleared.Add(c.Chat.ToString());
                        break;
                    case AccountChange.Delete d:
                        deleted.Add(d.Chat.ToString());
                        break;
                    case AccountChange.DeleteForMe d:
                        deletedForMe.Add(d.Message.Id);
                        break;
                    case AccountChange.Contact c:
                        contacts[c.Who.ToString()] = c.FullName;
                        break;
                    case AccountChange.Label { Deleted: false } l:
                        labels[l.Id] = l.Name;
                        break;
                    case AccountChange.Labeled { On: true } l:
                        labeled.Add(
                            l.MessageId is { } message
                                ? $"{l.Id} {l.Chat} {message}"
                                : $"{l.Id} {l.Chat}"
                        );
                        break;
                    case AccountChange.QuickReply { Deleted: false } q:
                        quickReplies[q.Id] = $"/{q.Shortcut} {q.Text}";
                        break;
                    case AccountChange.PushName n:
                        pushName = n.Name;
                        break;
                }
            }
            return new(
                state.Keys.Count,
                state.Refused,
                state.Collections.ToDictionary(
                    pair => pair.Key,
                    pair => new StateCollectionAnswer(
                        pair.Value.Version,
                        Convert.ToHexStringLower(pair.Value.Hash),
                        pair.Value.Records.Count
                    )
                ),
                chats,
                starred,
                cleared,
                deleted,
                deletedForMe,
                contacts,
                labels,
                labeled,
                quickReplies,
                pushName
            );
        }
    }
}

/// <summary>The account's state at its phone: what its user does there, and what it shows.</summary>
internal static class StateApi
{
    private const int MostChanges = 5000;

    public static void Map(IEndpointRouteBuilder app, WhatsAppServer server)
    {
        app.MapGet(
            "/phones/{number}/state",
            (string number) =>
                WithState(server, number, (_, state) => Results.Ok(StateAnswer.Of(state)))
        );
        app.MapPost(
            "/phones/{number}/state/changes",
            (string number, StateChangesRequest request) =>
                WithState(server, number, (phone, state) => Change(server, phone, state, request))
        );
        app.MapPost(
            "/phones/{number}/state/rotate-key",
            (string number) =>
                WithState(
                    server,
                    number,
                    (phone, state) =>
                    {
                        server.States.Rotate(phone, state);
                        return Results.Ok(StateAnswer.Of(state));
                    }
                )
        );
    }

    private static IResult Change(
        WhatsAppServer server,
        Phone phone,
        AccountState state,
        StateChangesRequest request
    )
    {
        if (request.Changes is not { Count: > 0 and <= MostChanges } asked)
            return PhonesApi.Problem(400, $"changes: 1 to {MostChanges} are expected");
        var changes = new List<AccountChange>();
        foreach (var one in asked)
        {
            if (Read(one) is not { } change)
                return PhonesApi.Problem(
                    400,
                    $"a change of the kind {one.Kind} lacks a field, or has an address that is none; see the README"
                );
            changes.Add(change);
        }
        server.States.Mutate(phone, state, changes);
        return Results.Ok(StateAnswer.Of(state));
    }

    private static AccountChange? Read(StateChangeRequest change)
    {
        var on = change.On ?? true;
        var (hasChat, chat) = (Jid.TryParse(change.Chat, out var jid) && jid.User.Length > 0, jid);
        return change.Kind switch
        {
            StateChangeKind.Mute when hasChat => new AccountChange.Mute(
                chat,
                on ? change.Until ?? AccountChange.Forever : null
            ),
            StateChangeKind.Archive when hasChat => new AccountChange.Archive(chat, on),
            StateChangeKind.Pin when hasChat => new AccountChange.Pin(chat, on),
            StateChangeKind.Unread when hasChat => new AccountChange.MarkRead(chat, !on),
            StateChangeKind.Clear when hasChat => new AccountChange.Clear(chat),
            StateChangeKind.Delete when hasChat => new AccountChange.Delete(chat),
            StateChangeKind.Star when hasChat && Message(change, chat) is { } message =>
                new AccountChange.Star(message, on),
            StateChangeKind.DeleteForMe when hasChat && Message(change, chat) is { } message =>
                new AccountChange.DeleteForMe(message, null, false),
            StateChangeKind.Contact when hasChat && change.Name is { Length: > 0 } name =>
                new AccountChange.Contact(chat, name, change.FirstName, null),
            StateChangeKind.ContactRemoved when hasChat => new AccountChange.ContactRemoved(chat),
            StateChangeKind.PushName when change.Name is { Length: > 0 } name =>
                new AccountChange.PushName(name),
            StateChangeKind.Label when change is { Label: { Length: > 0 } id } =>
                new AccountChange.Label(id, change.Name, change.Color ?? 0, !on),
            StateChangeKind.Labeled when hasChat && change.Label is { Length: > 0 } label =>
                new AccountChange.Labeled(label, chat, change.Id, on),
            StateChangeKind.QuickReply when change is { Id: { Length: > 0 } id } =>
                new AccountChange.QuickReply(id, change.Shortcut, change.Text, !on),
            _ => null,
        };
    }

    private static MarkedMessage? Message(StateChangeRequest change, Jid chat) =>
        change.Id is not { Length: > 0 } id ? null
        : change.Sender is null ? new(chat, id, change.FromMe == true, null)
        : Jid.TryParse(change.Sender, out var sender) ? new(chat, id, change.FromMe == true, sender)
        : null;

    private static IResult WithState(
        WhatsAppServer server,
        string number,
        Func<Phone, AccountState, IResult> then
    ) =>
        PhonesApi.WithPhone(
            server,
            number,
            phone =>
                server.States.Find(phone) is { } state
                    ? then(phone, state)
                    : PhonesApi.Problem(
                        409,
                        "the phone owns no state: PUT it with appState true, or start with --app-state on"
                    )
        );
}
