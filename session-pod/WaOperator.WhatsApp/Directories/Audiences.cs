using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Directories;

/// <summary>Finds out whom a message is for that is encrypted once for all: the members of a group, or those whom a status is shown to.</summary>
internal sealed class Audiences(
    GroupDirectory groups,
    Vault vault,
    LidMap lids,
    DeviceDirectory devices,
    TimeProvider time
)
{
    /// <summary>Finds out whom a message is for.</summary>
    /// <param name="chat">A group, or the status.</param>
    /// <param name="viewers">Of a status: the accounts that it is shown to.</param>
    /// <param name="refresh">Asks the server: what is known is not believed any more.</param>
    /// <exception cref="RefusedSendException">The account is no member, there is no such group, or no viewer has WhatsApp.</exception>
    public async ValueTask<SharedDevices> FindAsync(
        Jid chat,
        IReadOnlyList<string>? viewers,
        bool refresh = false
    )
    {
        if (chat.IsStatus)
            return await FindViewersAsync(viewers ?? [], refresh);
        if (refresh)
            groups.Forget(chat);
        return await groups.FindAsync(chat, refresh);
    }

    private async Task<SharedDevices> FindViewersAsync(IReadOnlyList<string> viewers, bool refresh)
    {
        var at = time.GetTimestamp();
        var version = devices.Version;
        var asked = viewers.Select(Jid.Parse).Where(viewer => !lids.IsMe(viewer)).Distinct();
        Jid[] wires = [.. asked, vault.Credentials.Me!.Value.Account];
        var accounts = await devices.FindAsync(wires, refresh);
        // One account may be named twice, by number and by LID.
        var distinct = Enumerable
            .Range(0, wires.Length)
            .DistinctBy(i => accounts[i].Address)
            .ToList();
        var found = SharedDevices.Of(
            distinct.ConvertAll(i => wires[i]),
            distinct.ConvertAll(i => accounts[i]),
            byLid: false,
            vault.Credentials,
            lids.IsMe,
            version,
            at
        );
        return accounts.Take(wires.Length - 1).Any(account => account.Devices.Count > 0)
            ? found
            : throw new RefusedSendException(
                SendErrors.NotOnWhatsApp,
                "No account that the status is to be shown to has WhatsApp."
            );
    }
}
