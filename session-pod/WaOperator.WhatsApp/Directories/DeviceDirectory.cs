using Microsoft.Extensions.Logging;
using WaOperator.PhoneNumbers;
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
internal sealed partial class DeviceDirectory(
    IStanzaLink link,
    TimeProvider time,
    Vault vault,
    RecordCache cache,
    Committer committer,
    LidMap lids,
    ILogger logger
)
{
    private const int MaxUsersPerQuery = 500;
    private const int MaxPhonesAtOnce = 64;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>How soon a list is asked for again of which not all was believed: the phone may be another one, which is found out when it is written to.</summary>
    private static readonly TimeSpan DoubtfulAge = TimeSpan.FromMinutes(10);

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
        var changed = false;
        foreach (var part in missing.Chunk(MaxUsersPerQuery))
            changed |= await AskAsync([.. part.Select(i => accounts[i])]);
        // A list of which not all is believed differs from the server's for ever: that is no news.
        if (refresh && changed)
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

    /// <returns>Whether an account has other devices than before.</returns>
    private async Task<bool> AskAsync(IReadOnlyList<Jid> accounts)
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
        var told = new Dictionary<RecordKey, (Jid Account, UsyncUser User)>();
        foreach (var user in users.Where(user => user.Devices is not null))
        {
            var account = await lids.CanonicalAsync(user.Asked);
            told[RecordNames.Devices(account)] = (account, user);
        }
        var phones = await PhonesAsync(
            told.Values.Where(t => t.User.Devices!.Any(device => device.Id != 0))
                .Select(t => t.Account)
        );
        using var pin = await cache.PinAsync([.. told.Keys]);
        // The signatures are checked before the records are held: it takes its time.
        var lists = new Dictionary<RecordKey, DeviceList>();
        var changed = false;
        foreach (var slot in pin.Slots)
        {
            var (account, user) = told[slot.Key];
            DeviceList? former;
            lock (slot)
                former = slot.Value as DeviceList;
            var list = Prove(user, phones.GetValueOrDefault(account), former, now);
            lists[slot.Key] = list;
            changed |= former is null || !former.Devices.SequenceEqual(list.Devices);
        }
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
        return changed;
    }

    private DeviceList Prove(UsyncUser user, byte[]? phone, DeviceList? former, long now)
    {
        var proven = SignedDevices.Prove(
            user.Devices!,
            user.Signed,
            phone,
            former?.Devices ?? [],
            former?.SignedAt ?? 0,
            now
        );
        if (proven.Fault != DeviceListFault.None)
            Log.NotProven(
                logger,
                user.Devices!.Count - proven.Devices.Count,
                PhoneNumber.Mask(user.Asked.User),
                proven.Fault
            );
        var certain = proven is { Fault: DeviceListFault.None, IsFinal: true };
        return new(
            certain ? now : now - (long)(MaxAge - DoubtfulAge).TotalSeconds,
            proven.Devices,
            proven.SignedAt
        );
    }

    /// <summary>The identity keys of accounts' phones, as far as there are sessions with them. Our own phone's vouched for this device.</summary>
    private async ValueTask<Dictionary<Jid, byte[]>> PhonesAsync(IEnumerable<Jid> accounts)
    {
        var phones = new Dictionary<Jid, byte[]>();
        var others = new List<Jid>();
        foreach (var account in accounts.Distinct())
        {
            if (!lids.IsMe(account))
                others.Add(account);
            else if (vault.Credentials.Account is { } us)
                phones[account] = us.AccountSignatureKey;
        }
        foreach (var part in others.Chunk(MaxPhonesAtOnce))
        {
            using var pin = await cache.PinAsync([.. part.Select(RecordNames.Session)]);
            for (var i = 0; i < part.Length; i++)
                lock (pin[i])
                    if (pin[i].Session is { } record)
                        phones[part[i]] = record.TheirIdentity.ToArray();
        }
        return phones;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.DeviceDirectoryNotProven,
            Level = LogLevel.Warning,
            Message = "{Count} device(s) of {Account} are not written to, since the account's phone has not signed for them: {Fault}"
        )]
        public static partial void NotProven(
            ILogger logger,
            int count,
            string account,
            DeviceListFault fault
        );
    }
}
