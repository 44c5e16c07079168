using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using WaOperator.Domain;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Polls;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>
/// Events as Meta's Cloud API posts them, one change a post: programs that know it look at the first message or status of a post alone. Pure.
/// </summary>
internal static class CloudPosts
{
    /// <summary>Metadata of a message that is given back with what becomes of it.</summary>
    public const string CallbackKey = CloudKeys.Callback;

    private const string Messages = "messages";
    private const string Echoes = "smb_message_echoes";

    private static readonly CloudJson Json = new(
        new JsonSerializerOptions(CloudJson.Default.Options)
        {
            // JSON of its own, never in a page: letters may stay letters.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    /// <summary>The types that are asked for and that the format has.</summary>
    /// <param name="patterns">What is asked for; null: all.</param>
    public static IReadOnlyList<string> Types(IReadOnlyList<string>? patterns) =>
        [.. WebhookEvents.OfCloudApi.Where(type => EventNames.IsAskedFor(type, patterns))];

    /// <summary>Whether an event may be posted. A vote may not after all, once it is known on what. Total.</summary>
    public static bool Tells(SessionEvent e)
    {
        try
        {
            return e switch
            {
                MessageReceived m when IsOfChat(m.Head) => Votes.Is(m)
                    || CloudContent.Of(m.Content, "", 0) is not null,
                MessageSent or MessageFailed => true,
                ReceiptReceived receipt => !receipt.FromMe,
                _ => false,
            };
        }
        catch (Exception)
        {
            // Nothing is known to get here; what does costs its receiver this event, not those behind it.
            return false;
        }
    }

    /// <summary>What is posted of an event; nothing: it has no counterpart, or is none that <see cref="Tells"/> can read. Total.</summary>
    /// <param name="session">The session that it is of.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="at">When it was committed.</param>
    /// <param name="e">The event.</param>
    /// <param name="poll">Of a vote, what it is about.</param>
    public static IReadOnlyList<WebhookPost> Of(
        Assignment session,
        long seq,
        DateTimeOffset at,
        SessionEvent e,
        SentPoll? poll = null
    )
    {
        try
        {
            return Posts(session, seq, at, e, poll);
        }
        catch (Exception)
        {
            // As in Tells.
            return [];
        }
    }

    private static WebhookPost[] Posts(
        Assignment session,
        long seq,
        DateTimeOffset at,
        SessionEvent e,
        SentPoll? poll
    )
    {
        var metadata = new CloudMetadata(session.Phone, session.Phone);
        var changes = e switch
        {
            MessageReceived m => OfMessage(session, seq, at, m, poll, metadata) is { } change
                ? [change]
                : [],
            MessageSent or MessageFailed or ReceiptReceived => CloudStatuses
                .Of(e, at)
                .Select(status => new CloudChange(
                    new("whatsapp", metadata) { Statuses = [status] },
                    Messages
                )),
            _ => Enumerable.Empty<CloudChange>(),
        };
        return
        [
            .. changes.Select(
                (change, i) =>
                    new WebhookPost(IdOf(session, seq, i), Write(session.TenantId, change))
            ),
        ];
    }

    /// <summary>A test: a change of no number, with nothing in it.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    public static byte[] Test(long tenant) =>
        Write(tenant, new(new("whatsapp", new("", "")), Messages));

    /// <summary>Status updates and channels are no chats, and the Cloud API has none of them.</summary>
    private static bool IsOfChat(MessageHead head) =>
        head.FromMe
            ? head.Chat.IsPhone || head.Chat.IsLid || head.Chat.IsGroup
            : head.Chat
                is not { Server: Jid.NewsletterServer }
                    and not { Server: Jid.BroadcastServer, User: "status" };

    private static CloudChange? OfMessage(
        Assignment session,
        long seq,
        DateTimeOffset at,
        MessageReceived e,
        SentPoll? poll,
        CloudMetadata metadata
    )
    {
        if (!IsOfChat(e.Head))
            return null;
        var body =
            Votes.Is(e) && poll is not null
                ? Answered(e, poll, session.Phone)
                : CloudContent.Of(e.Content, session.Phone, seq);
        if (body is null)
            return null;
        var (head, value) = (e.Head, new CloudValue("whatsapp", metadata));
        var (from, user) = CloudPeople.Of(head.SenderPn, head.SenderLid, head.Sender);
        var message = new CloudMessage(
            body,
            head.FromMe ? session.Phone : from,
            CloudIds.ToCloud(head.Id),
            CloudStatuses.Time(head.Timestamp, at)
        )
        {
            GroupId = head.Chat.IsGroup ? CloudPeople.IdOf(head.Chat) : null,
        };
        if (head.FromMe)
        {
            var (to, toUser) = CloudPeople.Of(head.ChatPn, head.ChatLid, head.Chat);
            return new(
                value with
                {
                    MessageEchoes = [message with { To = to, ToUserId = toUser }],
                },
                Echoes
            );
        }
        return new(
            value with
            {
                Contacts =
                [
                    new(new(head.PushName is { Length: > 0 } name ? name : from), from, user),
                ],
                Messages = [message with { FromUserId = user }],
            },
            Messages
        );
    }

    /// <summary>An answer is a reply to what was asked.</summary>
    private static CloudBody? Answered(MessageReceived e, SentPoll poll, string own) =>
        CloudVotes.Of(e, poll, own) is not { } answer
            ? null
            : answer with
            {
                Context = new() { From = own, Id = CloudIds.ToCloud(e.Content.Target!.Id) },
            };

    private static string IdOf(Assignment session, long seq, int i) =>
        string.Create(CultureInfo.InvariantCulture, $"evt_{session.Id:x}_{seq}")
        + (i == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{i + 1}"));

    private static byte[] Write(long tenant, CloudChange change) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new CloudPayload(
                "whatsapp_business_account",
                [new(tenant.ToString(CultureInfo.InvariantCulture), [change])]
            ),
            Json.CloudPayload
        );
}
