using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <content>What is kept of chats, contacts and receipts beside the journal.</content>
internal sealed partial class PodMessageStore
{
    /// <summary>The entries, and what they mean for chats, contacts and receipts.</summary>
    private async Task<SessionWrite> ProjectAsync(
        AtRestCipher cipher,
        DeviceChange change,
        SessionWrite write
    )
    {
        var others = await OthersAsync(
            cipher,
            change.Events.SelectMany(Projection.Unresolved),
            write
        );
        var projection = new Projection(
            context.Keyring,
            session,
            cipher,
            context.Contacts,
            context.Time.GetUtcNow(),
            account => others?.TryGetValue(account, out var other) == true ? other : null
        );
        var events = new List<EventRow>(change.Events.Count);
        foreach (var e in change.Events)
        {
            var content = e is MessageSent sent
                ? change.Outbound.FirstOrDefault(o => o.Id == sent.Id)?.Content
                : null;
            var chat = projection.Add(e, content);
            events.Add(EventRows.Seal(context.Keyring, session, cipher, numbers.Next(), e, chat));
        }
        return write with
        {
            Events = events,
            Chats = projection.Chats,
            ChatRemovals = projection.Removals,
            ChatFlags = projection.Flags,
            Contacts = projection.Contacts,
            Receipts = projection.Receipts,
        };
    }

    /// <summary>What the phone gave of the past, as far as it is kept.</summary>
    private async Task<PastRows> PastAsync(
        AtRestCipher cipher,
        DeviceChange change,
        SessionWrite write
    )
    {
        var others = await OthersAsync(
            cipher,
            change.History.SelectMany(PastProjection.Accounts),
            write
        );
        var projection = new PastProjection(
            context.Keyring,
            session,
            cipher,
            context.Time.GetUtcNow(),
            context.Kept,
            account => others?.TryGetValue(account, out var other) == true ? other : null
        );
        foreach (var batch in change.History)
            projection.Add(batch);
        var rows = projection.Rows;
        context.PastTaken(rows.Messages.Count, projection.LeftOut);
        return rows with { Progress = PastParts.ProgressOf(change.Events.OfType<HistorySynced>()) };
    }

    /// <summary>
    /// Other addresses of accounts, such as phone numbers of those that events name by LID alone. What the connection knows of them is nearly always at hand: it has asked for
    /// it itself.
    /// </summary>
    private async Task<Dictionary<Jid, Jid?>?> OthersAsync(
        AtRestCipher newest,
        IEnumerable<Jid> accounts,
        SessionWrite write
    )
    {
        Dictionary<Jid, Jid?>? others = null;
        foreach (var account in accounts)
            (others ??= [])[account] = null;
        if (others is null)
            return null;
        var rows = new Dictionary<Jid, RecordRow?>();
        var missing = new Dictionary<RecordName, Jid>();
        foreach (var account in others.Keys)
        {
            var name = NameOf(RecordNames.Lid(account));
            if (write.Records.FirstOrDefault(r => r.Name == name) is { } learnt)
                rows[account] = learnt;
            else if (TryFind(name, out var row))
                rows[account] = row;
            else
                missing[name] = account;
        }
        if (missing.Count > 0)
            foreach (var (name, row) in await ReadAsync([.. missing.Keys], context.Ended))
                rows[missing[name]] = row;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session, newest);
        foreach (var (account, row) in rows)
            others[account] = AddressBook.Read(
                await context.OpenAsync(
                    ciphers,
                    session,
                    RecordNames.Lid(account),
                    row,
                    context.Ended
                )
            );
        return others;
    }
}
