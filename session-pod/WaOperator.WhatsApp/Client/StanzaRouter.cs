using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Login;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.PreKeys;

namespace WaOperator.WhatsApp.Client;

/// <summary>
/// Decides what happens with each stanza. Where nothing keeps messages they are not acknowledged: the server keeps them,
/// and delivers them again.
/// </summary>
internal sealed partial class StanzaRouter
{
    private readonly Session _session;
    private readonly PairingFlow _pairing;
    private readonly LoginFlow _login;
    private readonly PreKeyKeeper _preKeys;

    public StanzaRouter(Session session)
    {
        _session = session;
        _pairing = new PairingFlow(session);
        _preKeys = new PreKeyKeeper(session);
        _login = new LoginFlow(session, _preKeys);
    }

    public PreKeyKeeper PreKeys => _preKeys;

    /// <summary>Completes with the server's word that the device is logged in.</summary>
    public Task LoggedIn => _login.LoggedIn;

    public async ValueTask HandleAsync(BinaryNode node)
    {
        switch (node.Tag)
        {
            case "iq" when node["type"] is "result" or "error":
                _session.CompleteQuery(node);
                break;
            case "iq":
                await HandleIqAsync(node);
                break;
            case "success":
                await _login.SucceededAsync(node);
                break;
            case "ib":
                await _login.InformedAsync(node);
                break;
            case "notification"
                when node["type"] == "encrypt" && PreKeyStanzas.ReadCount(node) is { } count:
                _session.Run(() => TopUpAsync(node, count));
                break;
            case "notification" when node["type"] == "passkey_prologue_request":
                _session.End(
                    new(
                        DisconnectKind.PasskeyRequired,
                        null,
                        "WhatsApp demands the account's passkey to link a device, which needs a browser and the person. The device was not linked."
                    )
                );
                break;
            case "notification" when node["type"] == "mediaretry":
                _session.Media.Answered(node);
                await AckAsync(node);
                break;
            case "notification" when node["type"] == CodeStanzas.Notification:
                _pairing.Notified(node);
                await AckAsync(node);
                break;
            case "message"
            or "notification"
            or "receipt"
            or "call" when _session.Messenger is { } messenger:
                await messenger.PostAsync(node);
                break;
            case "ack" when node["class"] == "message":
                _session.Messenger?.Acked(node);
                break;
            case "presence" or "chatstate":
                if (SocialStanzas.ReadPresence(node) is { } presence)
                    _session.Raise(presence);
                break;
            case "notification" or "receipt" or "call":
                await AckAsync(node);
                break;
            default:
                Log.Ignored(_session.Logger, node.Tag);
                break;
        }
    }

    private async ValueTask HandleIqAsync(BinaryNode iq)
    {
        if (iq.Child("pair-device") is { } refs)
            await _pairing.OfferedAsync(iq, refs);
        else if (iq.Child("pair-success") is { } success)
            await _pairing.ScannedAsync(iq, success);
        else if (iq["xmlns"] == "urn:xmpp:ping" || iq.Child("ping") is not null)
            await _session.SendAsync(Stanzas.IqResult(iq));
        else
            Log.Ignored(_session.Logger, iq.Tag);
    }

    /// <summary>Acknowledged only when done: else the server asks again.</summary>
    private async Task TopUpAsync(BinaryNode notification, int count)
    {
        await _preKeys.EnsureAsync(count);
        await AckAsync(notification);
    }

    private async ValueTask AckAsync(BinaryNode node)
    {
        if (Stanzas.Ack(node) is { } ack)
            await _session.SendAsync(ack);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Not handled: <{Tag}>")]
        public static partial void Ignored(ILogger logger, string tag);
    }
}
