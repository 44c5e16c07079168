using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Domain;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>An event as tenants get it.</summary>
/// <param name="Name">The event's name.</param>
/// <param name="Json">A JSON object in UTF-8, in one line.</param>
internal readonly record struct ShownEvent(string Name, byte[] Json);

/// <summary>
/// Events as JSON for tenants: the one place where events become it. What tenants see holds no keys, and no bytes of messages that
/// hold them. Pure.
/// </summary>
internal static class TenantEvents
{
    private static readonly EventDataContext Context = new(
        new JsonSerializerOptions(EventDataContext.Default.Options)
        {
            // JSON in a stream of its own, never in a page: letters may stay letters.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>What tenants get of an event. Total: one that cannot be shown becomes an <see cref="EventTypes.Unreadable"/>.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="seq">Its number, by which its files can be loaded.</param>
    /// <param name="chosen">What it chose, of a vote of which that is known.</param>
    public static ShownEvent Show(SessionEvent e, long seq, IReadOnlyList<string>? chosen = null)
    {
        try
        {
            return Convert(e, seq, chosen);
        }
        catch (Exception fault)
        {
            // Nothing is known to get here; what does costs its readers this event, not those behind it.
            return Convert(
                new UnreadableEvent(e.Type, $"it cannot be shown: {fault.Message}"),
                seq
            );
        }
    }

    public static ShownEvent Gap(long from, long to) =>
        new(
            "gap",
            Bytes(
                new GapData
                {
                    From = from,
                    To = to,
                    Reason = "older than the retention",
                },
                Context.GapData
            )
        );

    public static ShownEvent Moved() => new("moved", Bytes(new(), Context.MovedData));

    public static ShownEvent Closed(string reason) =>
        new("closed", Bytes(new ClosedData { Reason = reason }, Context.ClosedData));

    /// <summary>As <see cref="Show"/>, without the net below it.</summary>
    internal static ShownEvent Convert(
        SessionEvent e,
        long seq,
        IReadOnlyList<string>? chosen = null
    ) =>
        new(
            e.Type,
            e switch
            {
                MessageReceived m => Bytes(
                    new(m.Head, m.Content, seq, chosen),
                    Context.MessageData
                ),
                PeerMessageReceived m => Bytes(new(m.Head, m.Content, null), Context.MessageData),
                KeysReceived keys => Bytes(new(keys.Head), Context.KeysData),
                MessageUndecryptable m => Bytes(new(m), Context.UndecryptableData),
                MessageSent sent => Bytes(
                    new SentData
                    {
                        Id = sent.Id,
                        Chat = sent.Chat,
                        Timestamp = sent.Timestamp,
                        Metadata = Particulars.Read(sent.Note)?.Metadata,
                    },
                    Context.SentData
                ),
                MessageFailed failed => Bytes(
                    new FailedData
                    {
                        Id = failed.Id,
                        Chat = failed.Chat,
                        Code = failed.Code,
                        Error = failed.Error,
                        Metadata = Particulars.Read(failed.Note)?.Metadata,
                    },
                    Context.FailedData
                ),
                ReceiptReceived receipt => Bytes(Receipt(receipt), Context.ReceiptData),
                IdentityChanged identity => Bytes(
                    new IdentityData
                    {
                        Device = identity.Device.ToString(),
                        Pn = By(identity.Device, identity.Other, jid => jid.IsPhone),
                        Lid = By(identity.Device, identity.Other, jid => jid.IsLid),
                        OldFingerprint = identity.OldFingerprint,
                        NewFingerprint = identity.NewFingerprint,
                        Timestamp = identity.Timestamp,
                    },
                    Context.IdentityData
                ),
                GroupChanged group => Bytes(Group(group), Context.GroupData),
                CallOffered call => Bytes(Call(call), Context.CallData),
                CallEnded call => Bytes(Call(call), Context.CallEndedData),
                PictureChanged picture => Bytes(Picture(picture), Context.PictureData),
                BlocklistChanged list => Bytes(Blocklist(list), Context.BlocklistData),
                ChatChanged chat => Bytes(new(chat), Context.ChatChangedData),
                MessageMarked marked => Bytes(new(marked), Context.MarkedData),
                ContactChanged contact => Bytes(new(contact), Context.ContactChangedData),
                LabelChanged label => Bytes(new(label), Context.LabelData),
                QuickReplyChanged reply => Bytes(new(reply), Context.QuickReplyData),
                AppStateSynced synced => Bytes(new(synced), Context.AppStateData),
                HistorySynced synced => Bytes(new(synced), Context.HistoryData),
                StatusChanged status => Bytes(Status(status), Context.StatusData),
                PairingStepped step => Bytes(Pairing(step), Context.PairingData),
                LimitReached limit => Bytes(Limit(limit), Context.LimitData),
                BroadcastProgress told => Bytes(new BroadcastData(told), Context.BroadcastData),
                PresenceHeard heard => Bytes(
                    new PresenceData
                    {
                        Account = heard.Account.ToString(),
                        Available = heard.Available,
                        LastSeen = heard.LastSeen?.ToUnixTimeSeconds(),
                        Timestamp = heard.At.ToUnixTimeSeconds(),
                    },
                    Context.PresenceData
                ),
                TypingHeard heard => Bytes(
                    new TypingData
                    {
                        Chat = heard.Chat.ToString(),
                        Sender = heard.Sender.ToString(),
                        State = heard.State switch
                        {
                            ChatState.Composing => "composing",
                            ChatState.Recording => "recording",
                            _ => "paused",
                        },
                        Timestamp = heard.At.ToUnixTimeSeconds(),
                    },
                    Context.TypingData
                ),
                UnreadableEvent unreadable => Bytes(
                    new UnreadableData { Type = unreadable.Of, Reason = unreadable.Reason },
                    Context.UnreadableData
                ),
                _ => throw new ArgumentException($"There is no form of '{e.Type}'.", nameof(e)),
            }
        );

    private static byte[] Bytes<T>(T data, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(data, type);

    private static ReceiptData Receipt(ReceiptReceived receipt) =>
        new()
        {
            Receipt = receipt.Receipt,
            Chat = receipt.Chat.ToString(),
            Sender = receipt.Sender.ToString(),
            FromMe = receipt.FromMe,
            Timestamp = receipt.Timestamp,
            Ids = receipt.Ids,
        };

    private static CallData Call(CallOffered call) =>
        new()
        {
            Id = call.Id,
            From = call.From.ToString(),
            FromPn = By(call.From, call.FromOther, jid => jid.IsPhone),
            FromLid = By(call.From, call.FromOther, jid => jid.IsLid),
            Group = call.Group?.ToString(),
            Video = call.Video,
            Timestamp = call.Timestamp,
            Offline = call.Offline,
        };

    private static CallEndedData Call(CallEnded call) =>
        new()
        {
            Id = call.Id,
            From = call.From.ToString(),
            FromPn = By(call.From, call.FromOther, jid => jid.IsPhone),
            FromLid = By(call.From, call.FromOther, jid => jid.IsLid),
            Group = call.Group?.ToString(),
            Reason = call.Reason,
            Timestamp = call.Timestamp,
            Offline = call.Offline,
        };

    private static PictureData Picture(PictureChanged picture) =>
        new()
        {
            Of = picture.Of.ToString(),
            PictureId = picture.PictureId,
            Removed = picture.Removed,
            By = picture.By?.ToString(),
            Timestamp = picture.Timestamp,
        };

    private static BlocklistData Blocklist(BlocklistChanged list) =>
        new()
        {
            Changes =
            [
                .. list.Changes.Select(change => new BlockChangeData
                {
                    Pn = By(change.Account, change.Other, jid => jid.IsPhone),
                    Lid = By(change.Account, change.Other, jid => jid.IsLid),
                    Blocked = change.Blocked,
                }),
            ],
            Timestamp = list.Timestamp,
        };

    private static string? By(Jid one, Jid? other, Func<Jid, bool> fits) =>
        fits(one) ? one.ToString()
        : other is { } second && fits(second) ? second.ToString()
        : null;

    private static StatusData Status(StatusChanged status)
    {
        var reason = Reasons.Read(status.Reason);
        return new()
        {
            Phase = status.Phase.ToString(),
            Reason = status.Reason,
            Message = status.Message is { Length: > 0 } said ? said : reason.Meaning,
            ToDo = reason.ToDo.Length > 0 ? reason.ToDo : null,
            Paired = status.Paired,
            Timestamp = status.At.ToUnixTimeSeconds(),
        };
    }

    private static PairingData Pairing(PairingStepped step) =>
        new()
        {
            Step = step.Step switch
            {
                PairingStep.Code => "code",
                PairingStep.Passkey => "passkey",
                PairingStep.Compare => "compare",
                PairingStep.Complete => "complete",
                _ => "error",
            },
            Method = step.Method,
            Number = step.Number,
            Total = step.Of,
            ExpiresAt = step.Expires,
            Reason = step.Reason,
            Message = step.Message,
            Timestamp = step.At.ToUnixTimeSeconds(),
        };

    private static LimitData Limit(LimitReached limit) =>
        new()
        {
            Limit = limit.Limit switch
            {
                ReachedLimit.Minute => "messagesPerMinute",
                ReachedLimit.Recipient => "messagesPerRecipientPerMinute",
                ReachedLimit.Day => "messagesPerDay",
                _ => "queue",
            },
            Allowed = limit.Allowed,
            RetryAt = limit.RetryAt,
            Message = limit.Message,
            Timestamp = limit.At.ToUnixTimeSeconds(),
        };

    private static GroupData Group(GroupChanged group) =>
        new()
        {
            Chat = group.Group.ToString(),
            Id = group.Id,
            Actor = group.Actor?.ToString(),
            ActorPn = group.ActorPn?.ToString(),
            Timestamp = group.Timestamp,
            Changes =
            [
                .. group.Changes.Select(change => new GroupChangeData
                {
                    Action = change.Action,
                    Participants = [.. change.Members.Select(member => member.ToString())],
                    Subject = change.Subject,
                    Body = change.Description,
                    Linked =
                        change.Linked.Count == 0
                            ? null
                            : [.. change.Linked.Select(linked => linked.ToString())],
                    Attributes = change.Attributes.Count == 0 ? null : change.Attributes,
                }),
            ],
        };
}
