using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Directories;

/// <summary>An account and its devices.</summary>
/// <param name="Address">Under which its records stand: the LID where it is known.</param>
/// <param name="Phone">By phone number, where known.</param>
/// <param name="Lid">By LID, where known.</param>
/// <param name="Devices">Its devices; empty if the server knows no such account.</param>
internal sealed record AccountDevices(
    Jid Address,
    Jid? Phone,
    Jid? Lid,
    IReadOnlyList<ushort> Devices
);

/// <summary>Which devices accounts have: asked once, kept until the server says that they changed, or for a day.</summary>
internal sealed class DeviceDirectory(
    IStanzaLink link,
    TimeProvider time,
    RecordCache cache,
    Committer committer,
    LidMap lids
)
{
    private const int MaxUsersPerQuery = 500;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    private int _version;

    /// <summary>Another number means that the devices of some account have changed.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Looks accounts up; those that are not known are asked for.</summary>
    /// <param name="accounts">Which.</param>
    /// <param name="refresh">Asks for all of them: what is known is not believed any more.</param>
    public async ValueTask<IReadOnlyList<AccountDevices>> FindAsync(
        IReadOnlyList<Jid> accounts,
        bool refresh = false
    )
    {
        using var names = await lids.PrefetchAsync(accounts);
        var found = new AccountDevices?[accounts.Count];
        if (!refresh)
            await FillAsync(accounts, found, fresh: true);
        var missing = Enumerable.Range(0, found.Length).Where(i => found[i] is null).ToList();
        if (missing.Count == 0)
            return found!;
        foreach (var part in missing.Chunk(MaxUsersPerQuery))
            await AskAsync([.. part.Select(i => accounts[i])]);
        if (refresh)
            Interlocked.Increment(ref _version);
        await FillAsync(accounts, found, fresh: false);
        return found!;
    }

    /// <summary>The devices of accounts may have changed: they are asked for when they are needed next.</summary>
    public async ValueTask ForgetAsync(Jid account)
    {
        using var pin = await cache.PinAsync(
            RecordNames.Devices(await lids.CanonicalAsync(account.Account))
        );
        Interlocked.Increment(ref _version);
        lock (pin[0])
        {
            if (pin[0].Value is not DeviceList { At: > 0 } list)
                return;
            var step = new Step();
            step.Set(pin[0], list with { At = 0 });
            committer.Enqueue(step);
        }
    }

    private async ValueTask FillAsync(
        IReadOnlyList<Jid> accounts,
        AccountDevices?[] found,
        bool fresh
    )
    {
        var addresses = new (Jid Address, Jid? Phone, Jid? Lid)[accounts.Count];
        for (var i = 0; i < addresses.Length; i++)
        {
            var account = accounts[i];
            var other = await lids.OtherAsync(account);
            addresses[i] = account.IsLid
                ? (account, other, account)
                : (other ?? account, account, other);
        }
        using var pin = await cache.PinAsync([
            .. addresses.Select(a => RecordNames.Devices(a.Address)),
        ]);
        var oldest = time.GetUtcNow().Subtract(MaxAge).ToUnixTimeSeconds();
        for (var i = 0; i < found.Length; i++)
        {
            var list = pin[i].Value as DeviceList;
            if (found[i] is null && (!fresh || list?.At > oldest))
                found[i] = new(
                    addresses[i].Address,
                    addresses[i].Phone,
                    addresses[i].Lid,
                    list?.Devices ?? []
                );
        }
    }

    private async Task AskAsync(IReadOnlyList<Jid> accounts)
    {
        var answer = await link.QueryAsync(
            UsyncStanzas.Devices(accounts, link.NextQueryId()),
            "the devices of an account"
        );
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var users = UsyncStanzas.Read(answer);
        using var names = await lids.PrefetchAsync(
            users.SelectMany(user => new[] { user.Asked, user.Lid ?? user.Asked })
        );
        foreach (var user in users)
        {
            if (user.Lid is { } lid && user.Asked.IsPhone)
                await lids.LearnAsync(user.Asked, lid);
        }
        var lists = new Dictionary<RecordKey, DeviceList>();
        foreach (var user in users.Where(user => user.Devices is not null))
            lists[RecordNames.Devices(await lids.CanonicalAsync(user.Asked))] = new(
                now,
                user.Devices!
            );
        using var pin = await cache.PinAsync([.. lists.Keys]);
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                foreach (var slot in pin.Slots)
                    step.Set(slot, lists[slot.Key]);
                committer.Enqueue(step);
            }
        );
    }
}
