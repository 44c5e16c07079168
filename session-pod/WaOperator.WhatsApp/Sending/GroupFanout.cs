using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Sending;

/// <summary>
/// Encrypts a message once for a whole group or the audience of a status, and our sender key for those devices that do not hold it.
/// When a device that held it is gone, there is a new key.
/// </summary>
internal sealed class GroupFanout(
    Vault vault,
    Audiences audiences,
    Ratchets ratchets,
    LidMap lids,
    Dispatch dispatch
)
{
    /// <inheritdoc cref="Fanout.SendAsync"/>
    /// <remarks>The messages to one group come one after the other: nothing else moves our sender key in it.</remarks>
    public async Task SendAsync(OutgoingMessage message, SendTicket ticket)
    {
        var group = message.To.Account;
        var audience = await audiences.FindAsync(group, message.Audience);
        var us = vault.Credentials;
        var self = await lids.CanonicalAsync(us.Me!.Value);
        RecordKey[] own = [RecordNames.SenderKey(group, self), RecordNames.SenderKeyHolders(group)];
        using var keys = await ratchets.PinAsync([], own);
        // The server knows no audience of ours: it brings a status to those devices that the stanza names.
        var newcomers = group.IsStatus
            ? [.. audience.Devices]
            : Newcomers(keys[0], keys[1], audience);
        using var pin = await ratchets.PinAsync(newcomers.ConvertAll(device => device.Address));
        var missing = newcomers
            .Where((d, i) => pin[i].Session?.CanSendTo(d.Wire.IsLid) != true)
            .ToList();
        var bundles =
            missing.Count == 0 ? [] : await ratchets.FetchAsync(missing.ConvertAll(d => d.Wire));
        Slots.Locked(
            [.. keys.Slots, .. pin.Slots],
            () =>
            {
                var step = new Step();
                var (pairwise, sealedMessage) = Encrypt(
                    step,
                    message,
                    keys.Slots,
                    audience,
                    newcomers,
                    pin.Slots,
                    bundles
                );
                var node = MessageStanzas.Message(
                    message,
                    group,
                    pairwise,
                    sealedMessage,
                    us.Account!
                );
                node["phash"] = audience.Hash;
                if (group.IsGroup)
                    node["addressing_mode"] = audience.ByLid ? "lid" : "pn";
                dispatch.Enqueue(step, message, ticket, node, audience.All);
            }
        );
    }

    /// <summary>The key of a group, for a device that must get it together with a message once more.</summary>
    public static byte[]? Distribution(Jid group, Slot key) =>
        key.SenderKey is { CanEncrypt: true } record
            ? MessageParts.WithSenderKey(group.ToString(), GroupCipher.Distribute(record))
            : null;

    /// <summary>Who must be given the key: all, if there is none yet or a device that holds it is gone.</summary>
    private static List<MemberDevice> Newcomers(Slot key, Slot holders, SharedDevices audience) =>
        Holding(key, holders, audience) is { } held
            ? [.. audience.Devices.Where(device => !held.Contains(device.Address))]
            : [.. audience.Devices];

    /// <summary>Who holds our current key; null if it must not be used any more.</summary>
    private static IReadOnlySet<Jid>? Holding(Slot key, Slot holders, SharedDevices audience) =>
        key.SenderKey is { CanEncrypt: true } record
        && holders.Value is KeyHolders held
        && held.KeyId == record.KeyId
        && held.Devices.IsSubsetOf(audience.Devices.Select(device => device.Address))
            ? held.Devices
            : null;

    private (List<Sealed> Pairwise, byte[] Group) Encrypt(
        Step step,
        OutgoingMessage message,
        IReadOnlyList<Slot> keys,
        SharedDevices audience,
        List<MemberDevice> newcomers,
        IReadOnlyList<Slot> sessions,
        Dictionary<Jid, PreKeyBundle> bundles
    )
    {
        var held = Holding(keys[0], keys[1], audience);
        using var fresh = held is null ? SenderKeyRecord.Create() : null;
        var record = fresh ?? keys[0].SenderKey!;
        var holders = new HashSet<Jid>(held ?? new HashSet<Jid>());
        var pairwise = new List<Sealed>(newcomers.Count);
        if (newcomers.Count > 0)
        {
            var padded = MessagePadding.Pad(
                MessageParts.WithSenderKey(
                    message.To.Account.ToString(),
                    GroupCipher.Distribute(record)
                )
            );
            for (var i = 0; i < newcomers.Count; i++)
            {
                var wire = newcomers[i].Wire;
                var bundle = bundles.GetValueOrDefault(wire);
                if (
                    ratchets.Encrypt(step, sessions[i], bundle, padded, wire.IsLid)
                    is not { } encrypted
                )
                    continue;
                pairwise.Add(Sealed.Of(newcomers[i].Wire, encrypted));
                holders.Add(newcomers[i].Address);
            }
        }
        var encryptedForAll = GroupCipher.Encrypt(record, MessagePadding.Pad(message.Content));
        step.Set(keys[0], encryptedForAll.Record);
        if (held is null || pairwise.Count > 0)
            step.Set(keys[1], new KeyHolders(record.KeyId, holders));
        return (pairwise, encryptedForAll.Message);
    }
}
