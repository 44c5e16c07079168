using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>
/// Asks the phone for keys that it has not shared, of each at most once in <see cref="AskedKeys.Again"/>: that it was asked is durable
/// before it is. The form is that of tulir/whatsmeow.
/// </summary>
internal sealed class KeyRequests(
    IStanzaLink link,
    Vault vault,
    LidMap lids,
    Ratchets ratchets,
    Committer committer,
    TimeProvider time
)
{
    /// <summary>Asks for a key, unless it was asked for of late.</summary>
    /// <exception cref="QueryRefusedException">The server gave no prekeys of the phone.</exception>
    /// <exception cref="TimeoutException">The server did not answer.</exception>
    public async Task AskAsync(byte[] keyId)
    {
        var phone = vault.Credentials.Me!.Value.Account;
        var name = AppStateKeyring.Name(keyId);
        using var pin = await ratchets.PinAsync(
            [await lids.CanonicalAsync(phone)],
            [AppStateRecords.AskedKeys]
        );
        if (!Asked(pin).MayAsk(name, time.GetUtcNow()))
            return;
        var bundle =
            pin[0].Session?.CanSendTo(byLid: false) == true
                ? null
                : (await ratchets.FetchAsync([phone])).Values.FirstOrDefault();
        var padded = MessagePadding.Pad(Request(keyId).ToByteArray());
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var asked = Asked(pin);
                if (!asked.MayAsk(name, time.GetUtcNow()))
                    return;
                var step = new Step();
                if (
                    ratchets.Encrypt(step, pin[0], bundle, padded, byLid: false)
                    is not { } encrypted
                )
                    return;
                step.Set(pin[1], asked.With(name, time.GetUtcNow()));
                var message = PeerStanzas.ToPhone(
                    OutgoingMessage.NewId(),
                    phone,
                    encrypted,
                    vault.Credentials.Account!
                );
                step.Then = async () => await link.SendAsync(message);
                committer.Enqueue(step);
            }
        );
    }

    private static AskedKeys Asked(RecordCache.Pin pin) =>
        pin[1].Value as AskedKeys ?? AskedKeys.None;

    private static Message Request(byte[] keyId) =>
        new()
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.AppStateSyncKeyRequest,
                AppStateSyncKeyRequest = new()
                {
                    KeyIds = { new AppStateSyncKeyId { KeyId = ByteString.CopyFrom(keyId) } },
                },
            },
        };
}
