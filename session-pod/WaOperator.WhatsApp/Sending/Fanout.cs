using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Sending;

/// <summary>Encrypts a message for all devices of its receiver and for our own other devices, and has it sent.</summary>
internal sealed class Fanout(
    Vault vault,
    DeviceDirectory directory,
    Ratchets ratchets,
    Dispatch dispatch,
    LidMap lids
)
{
    /// <summary>Encrypts a message; it goes out when that is durable.</summary>
    /// <exception cref="RefusedSendException">It can never go out.</exception>
    /// <exception cref="QueryRefusedException">The server did not tell what is needed.</exception>
    /// <exception cref="TimeoutException">The server did not answer.</exception>
    public async Task SendAsync(OutgoingMessage message, SendTicket ticket)
    {
        var us = vault.Credentials;
        var me = us.Me!.Value;
        var accounts = await directory.FindAsync(
            lids.IsMe(message.To) ? [me.Account] : [message.To.Account, me.Account]
        );
        var (peer, own) = (accounts[0], accounts[^1]);
        if (peer.Devices.Count == 0)
            throw new RefusedSendException(
                SendErrors.NotOnWhatsApp,
                SendErrors.Explain(SendErrors.NotOnWhatsApp)
            );
        // As the caller addresses it: some clients (Baileys 6) keep apart what came by number and by LID, and could not read
        // an answer that came the other way.
        var byLid = message.To.IsLid && own.Lid is not null;
        var to = byLid ? peer.Lid!.Value : peer.Phone ?? peer.Address;
        var targets = Target.Of(peer, own, byLid, me.Device);
        using var pin = await ratchets.PinAsync(targets.ConvertAll(target => target.Address));
        var missing = targets
            .Where((t, i) => pin[i].Session?.CanSendTo(t.Wire.IsLid) != true)
            .ToList();
        var bundles =
            missing.Count == 0 ? [] : await ratchets.FetchAsync(missing.ConvertAll(t => t.Wire));
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                var pairwise = Encrypt(step, message, to, targets, pin.Slots, bundles);
                var node = MessageStanzas.Message(message, to, pairwise, null, us.Account!);
                if (byLid && peer.Phone is { } phone)
                    node["peer_recipient_pn"] = phone.ToString();
                var self = Target.WireOf(own, byLid) with { Device = me.Device };
                dispatch.Enqueue(
                    step,
                    message,
                    ticket,
                    node,
                    [.. targets.Select(target => target.Wire), self]
                );
            }
        );
    }

    private List<Sealed> Encrypt(
        Step step,
        OutgoingMessage message,
        Jid to,
        List<Target> targets,
        IReadOnlyList<Slot> slots,
        Dictionary<Jid, PreKeyBundle> bundles
    )
    {
        var pairwise = new List<Sealed>(targets.Count);
        var padded = MessagePadding.Pad(message.Content);
        byte[]? forOwn = null;
        for (var i = 0; i < targets.Count; i++)
        {
            var target = targets[i];
            if (target.IsOwn && forOwn is null)
            {
                if (pairwise.Count == 0 && targets.Exists(other => !other.IsOwn))
                    break;
                forOwn = MessagePadding.Pad(
                    MessageParts.ForOwnDevices(to.ToString(), message.Content)
                );
            }
            var bundle = bundles.GetValueOrDefault(target.Wire);
            if (
                ratchets.Encrypt(step, slots[i], bundle, forOwn ?? padded, target.Wire.IsLid) is
                { } encrypted
            )
                pairwise.Add(Sealed.Of(target.Wire, encrypted));
        }
        return pairwise.Count > 0
            ? pairwise
            : throw new RefusedSendException(
                SendErrors.NotOnWhatsApp,
                "None of the receiver's devices has keys at the server, so nothing can be encrypted for it."
            );
    }
}
