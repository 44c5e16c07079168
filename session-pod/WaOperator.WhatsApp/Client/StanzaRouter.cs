using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Login;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.PreKeys;

namespace WaOperator.WhatsApp.Client;

/// <summary>
/// Decides what happens with each stanza. Where nothing keeps messages they are not acknowledged: the server keeps them,
/// and delivers them again.
/// </summary>
internal sealed partial class StanzaRouter(
    StanzaLink link,
    IConnection connection,
    EventPump events,
    PairingFlow pairing,
    LoginFlow login,
    PreKeyKeeper preKeys,
    Messaging messaging,
    Lazy<MediaClient> media,
    ILogger logger
)
{
    public async ValueTask HandleAsync(BinaryNode node)
    {
        switch (node.Tag)
        {
            case "iq" when node["type"] is "result" or "error":
                link.Complete(node);
                break;
            case "iq":
                await HandleIqAsync(node);
                break;
            case "success":
                await login.SucceededAsync(node);
                break;
            case "ib":
                await login.InformedAsync(node);
                break;
            case "notification"
                when node["type"] == "encrypt" && PreKeyStanzas.ReadCount(node) is { } count:
                connection.Run(() => TopUpAsync(node, count));
                break;
            case "notification" when node["type"] == PasskeyStanzas.Request:
                await AckAsync(node);
                await pairing.PasskeyDemandedAsync(node);
                break;
            case "notification" when node["type"] == PasskeyStanzas.Continuation:
                pairing.PasskeyContinued(node);
                await AckAsync(node);
                break;
            case "notification" when node["type"] == "mediaretry":
                if (media.IsValueCreated)
                    media.Value.Answered(node);
                await AckAsync(node);
                break;
            case "notification" when node["type"] == CodeStanzas.Notification:
                pairing.Notified(node);
                await AckAsync(node);
                break;
            case "message"
            or "notification"
            or "receipt"
            or "call" when messaging.Messenger is { } messenger:
                await messenger.PostAsync(node);
                break;
            case "ack" when node["class"] == "message":
                messaging.Messenger?.Acked(node);
                break;
            case "presence" or "chatstate":
                if (SocialStanzas.ReadPresence(node) is { } presence)
                    events.Raise(presence);
                break;
            case "notification" or "receipt" or "call":
                await AckAsync(node);
                break;
            default:
                Log.Ignored(logger, node.Tag);
                break;
        }
    }

    private async ValueTask HandleIqAsync(BinaryNode iq)
    {
        if (iq.Child("pair-device") is { } refs)
            await pairing.OfferedAsync(iq, refs);
        else if (iq.Child("pair-success") is { } success)
            await pairing.ScannedAsync(iq, success);
        else if (iq["xmlns"] == "urn:xmpp:ping" || iq.Child("ping") is not null)
            await link.SendAsync(Stanzas.IqResult(iq));
        else
            Log.Ignored(logger, iq.Tag);
    }

    /// <summary>Acknowledged only when done: else the server asks again.</summary>
    private async Task TopUpAsync(BinaryNode notification, int count)
    {
        await preKeys.EnsureAsync(count);
        await AckAsync(notification);
    }

    private async ValueTask AckAsync(BinaryNode node)
    {
        if (Stanzas.Ack(node) is { } ack)
            await link.SendAsync(ack);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.StanzaRouterIgnored,
            Level = LogLevel.Debug,
            Message = "Not handled: <{Tag}>"
        )]
        public static partial void Ignored(ILogger logger, string tag);
    }
}
