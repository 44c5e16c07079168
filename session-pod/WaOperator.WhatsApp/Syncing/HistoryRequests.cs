using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>The message before which older ones are asked for.</summary>
/// <param name="Chat">The chat.</param>
/// <param name="Id">The oldest message that is known in it.</param>
/// <param name="FromMe">Whether the account sent that.</param>
/// <param name="Timestamp">When, in Unix seconds.</param>
internal sealed record HistoryMark(Jid Chat, string Id, bool FromMe, long Timestamp);

/// <summary>Asks the phone for older messages of a chat. The answer is a part of the history (<see cref="HistoryPart.OnDemand"/>).</summary>
internal sealed class HistoryRequests(
    IStanzaLink link,
    Vault vault,
    LidMap lids,
    Ratchets ratchets,
    Committer committer
)
{
    /// <summary>Messages of one request: what official clients ask for at once.</summary>
    public const int Most = 50;

    /// <summary>The protocol's number of this kind of request.</summary>
    private const uint OnDemand = 3;

    /// <summary>Asks. The phone may be off, and then answers when it is on again.</summary>
    /// <returns>The id of the request, which stands in the answer; null: the phone has no keys at the server, so nothing can be said to it.</returns>
    /// <exception cref="QueryRefusedException">The server gave no prekeys of the phone.</exception>
    /// <exception cref="TimeoutException">The server did not answer.</exception>
    public async Task<string?> AskAsync(HistoryMark oldest, int count)
    {
        var phone = vault.Credentials.Me!.Value.Account;
        using var pin = await ratchets.PinAsync([await lids.CanonicalAsync(phone)]);
        var bundle =
            pin[0].Session?.CanSendTo(byLid: false) == true
                ? null
                : (await ratchets.FetchAsync([phone])).Values.FirstOrDefault();
        var id = OutgoingMessage.NewId();
        var padded = MessagePadding.Pad(
            Google.Protobuf.MessageExtensions.ToByteArray(Request(oldest, count))
        );
        var isAsked = false;
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                if (
                    ratchets.Encrypt(step, pin[0], bundle, padded, byLid: false)
                    is not { } encrypted
                )
                    return;
                var message = PeerStanzas.ToPhone(
                    id,
                    phone,
                    encrypted,
                    vault.Credentials.Account!,
                    urgent: true
                );
                step.Then = async () => await link.SendAsync(message);
                committer.Enqueue(step);
                isAsked = true;
            }
        );
        return isAsked ? id : null;
    }

    private Message Request(HistoryMark oldest, int count)
    {
        var asked = new HistorySyncOnDemandRequest
        {
            ChatJid = oldest.Chat.ToString(),
            OldestMsgId = oldest.Id,
            OldestMsgFromMe = oldest.FromMe,
            OnDemandMsgCount = count,
            // Seconds in spite of the field's name: so say the public clients.
            OldestMsgTimestampMs = oldest.Timestamp,
        };
        if (vault.Credentials.Lid is { } lid)
            asked.AccountLid = lid.Account.ToString();
        return new()
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.PeerDataOperationRequestMessage,
                PeerDataOperationRequestMessage = new()
                {
                    PeerDataOperationRequestType = OnDemand,
                    HistorySyncOnDemandRequest = asked,
                },
            },
        };
    }
}
