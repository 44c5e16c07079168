using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Directories;

/// <summary>Which phone number and which LID are the same account, as the server said; kept both ways.</summary>
internal sealed class LidMap(Vault vault, RecordCache cache, Committer committer)
{
    /// <summary>True for an address of our own account.</summary>
    public bool IsMe(Jid jid)
    {
        var us = vault.Credentials;
        return jid.User.Length > 0
            && (jid.Account == us.Me?.Account || jid.Account == us.Lid?.Account);
    }

    /// <summary>Loads what is known of many accounts at once.</summary>
    public ValueTask<RecordCache.Pin> PrefetchAsync(IEnumerable<Jid> accounts) =>
        cache.PinAsync([
            .. accounts
                .Where(account => account.IsPhone || account.IsLid)
                .Select(account => RecordNames.Lid(account.Account))
                .Distinct(),
        ]);

    /// <summary>The account's other address; null if it is not known.</summary>
    public async ValueTask<Jid?> OtherAsync(Jid account)
    {
        var us = vault.Credentials;
        if (account == us.Me?.Account)
            return us.Lid?.Account;
        if (account == us.Lid?.Account)
            return us.Me?.Account;
        if (!account.IsPhone && !account.IsLid)
            return null;
        using var pin = await cache.PinAsync(RecordNames.Lid(account));
        return (pin[0].Value as TextRecord)?.Text is { } text && Jid.TryParse(text, out var other)
            ? other
            : null;
    }

    /// <summary>The address under which the account's records stand: the LID where it is known.</summary>
    public async ValueTask<Jid> CanonicalAsync(Jid jid) =>
        jid.IsPhone && await OtherAsync(jid.Account) is { } lid
            ? lid with
            {
                Device = jid.Device,
            }
            : jid;

    /// <summary>The server said that both are one account.</summary>
    public async ValueTask LearnAsync(Jid one, Jid other)
    {
        var (phone, lid) = one.IsLid ? (other.Account, one.Account) : (one.Account, other.Account);
        if (!phone.IsPhone || !lid.IsLid || IsMe(phone) || await OtherAsync(phone) == lid)
            return;
        using var pin = await cache.PinAsync([RecordNames.Lid(phone), RecordNames.Lid(lid)]);
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                step.Set(pin[0], new TextRecord(lid.ToString()));
                step.Set(pin[1], new TextRecord(phone.ToString()));
                committer.Enqueue(step);
            }
        );
    }

    /// <summary>
    /// The phone said of many at once that both are one account. Only what is not known is learnt, for the server's word is newer than
    /// the phone's memory. It is durable when the task completes.
    /// </summary>
    /// <param name="pairs">Some hundred at most: they are in memory together.</param>
    public async Task LearnNewAsync(IEnumerable<(Jid Phone, Jid Lid)> pairs)
    {
        var some = pairs
            .Select(pair => (Phone: pair.Phone.Account, Lid: pair.Lid.Account))
            .Where(pair =>
                pair is { Phone.IsPhone: true, Lid.IsLid: true }
                && !IsMe(pair.Phone)
                && !IsMe(pair.Lid)
            )
            .Distinct()
            .ToList();
        if (some.Count == 0)
            return;
        using var pin = await cache.PinAsync([
            .. some.Select(pair => RecordNames.Lid(pair.Phone)),
            .. some.Select(pair => RecordNames.Lid(pair.Lid)),
        ]);
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step { Durable = durable.SetResult };
                for (var i = 0; i < some.Count; i++)
                {
                    var (phone, lid) = (pin[i], pin[some.Count + i]);
                    if (phone.Value is not null || lid.Value is not null)
                        continue;
                    step.Set(phone, new TextRecord(some[i].Lid.ToString()));
                    step.Set(lid, new TextRecord(some[i].Phone.ToString()));
                }
                if (step.Writes.Count > 0)
                    committer.Enqueue(step);
                else
                    durable.SetResult();
            }
        );
        await durable.Task.WaitAsync(committer.Ended);
    }

    /// <summary>
    /// The name under which a record of a device may stand from the time when only its phone number was known, for one by LID that the
    /// other is taken over from.
    /// </summary>
    public async ValueTask<RecordKey?> FormerAsync(RecordKey key)
    {
        var slash =
            key.Kind == RecordKinds.SenderKey ? key.Id.IndexOf('/', StringComparison.Ordinal) : -1;
        if (
            key.Kind is not (RecordKinds.Session or RecordKinds.SenderKey)
            || !Jid.TryParse(key.Id[(slash + 1)..], out var device)
            || !device.IsLid
            || await OtherAsync(device.Account) is not { } phone
        )
            return null;
        var former = phone with { Device = device.Device };
        return new(key.Kind, key.Id[..(slash + 1)] + former);
    }
}
