using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Profile;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>What the server says about others: changed devices, changed identities, groups.</summary>
internal sealed class Notices(
    IStanzaLink link,
    Vault vault,
    Ratchets ratchets,
    LidMap lids,
    DeviceDirectory devices,
    GroupDirectory groups,
    Committer committer
)
{
    /// <summary>Takes a notification, and acknowledges it when what follows from it is durable.</summary>
    public async ValueTask TakeAsync(BinaryNode stanza)
    {
        var step = new Step();
        if (Stanzas.Ack(stanza) is { } ack)
            step.Then = async () => await link.SendAsync(ack);
        if (Jid.TryParse(stanza["from"], out var from))
        {
            switch (stanza["type"])
            {
                case "devices":
                    await DevicesChangedAsync(stanza, from);
                    break;
                case "account_sync" when stanza.Child("devices") is not null:
                    await devices.ForgetAsync(vault.Credentials.Me!.Value.Account);
                    break;
                case "account_sync":
                    await AccountChangedAsync(step, stanza);
                    break;
                case "picture" when AccountNotices.ReadPicture(stanza) is { } picture:
                    step.Add(picture);
                    break;
                case "encrypt" when stanza.Child("identity") is not null && from.User.Length > 0:
                    await IdentityChangedAsync(step, from);
                    return;
                case "w:gp2" when from.IsGroup:
                    groups.Forget(from);
                    step.Add(GroupChanged.Of(stanza, from));
                    break;
            }
        }
        committer.Enqueue(step);
    }

    private async ValueTask AccountChangedAsync(Step step, BinaryNode stanza)
    {
        var changed = AccountNotices.ReadAccount(stanza, vault.Credentials.Me!.Value.Account);
        if (changed is BlocklistChanged list)
        {
            var changes = new List<BlockChange>(list.Changes.Count);
            foreach (var change in list.Changes)
                changes.Add(
                    change with
                    {
                        Other = change.Other ?? await lids.OtherAsync(change.Account),
                    }
                );
            changed = list with { Changes = changes };
        }
        if (changed is not null)
            step.Add(changed);
    }

    private async ValueTask DevicesChangedAsync(BinaryNode stanza, Jid from)
    {
        if (from.IsPhone && Jid.TryParse(stanza["lid"], out var lid))
            await lids.LearnAsync(from, lid);
        if (from.User.Length > 0)
            await devices.ForgetAsync(from);
    }

    /// <summary>
    /// The phone was installed again: what we have with it is worth nothing, but for the key that the new one is compared with once it is
    /// known. That it is another one is told then.
    /// </summary>
    private async ValueTask IdentityChangedAsync(Step step, Jid device)
    {
        var address = await lids.CanonicalAsync(device with { Agent = 0 });
        using (var pin = await ratchets.PinAsync([address]))
        {
            lock (pin[0])
            {
                if (pin[0].Session is { } ended)
                    step.Set(
                        pin[0],
                        address.Device == 0
                            ? new FormerIdentity(ended.TheirIdentity.ToArray())
                            : null
                    );
                committer.Enqueue(step);
            }
        }
        // Not before: a list that is asked for meanwhile would be checked by the former key.
        await devices.ForgetAsync(device);
    }
}
