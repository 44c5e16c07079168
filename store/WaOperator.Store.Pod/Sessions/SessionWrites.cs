namespace WaOperator.Store.Pod;

/// <summary>Makes one write of several of the same session and epoch: the same is in the database afterwards as if each had been committed alone, in order.</summary>
public static class SessionWrites
{
    /// <summary>Joins writes.</summary>
    /// <param name="writes">In order; at least one.</param>
    /// <exception cref="ArgumentException">They are of several sessions or epochs.</exception>
    public static SessionWrite Join(IReadOnlyList<SessionWrite> writes)
    {
        var first = writes[0];
        if (writes.Count == 1)
            return first;
        // A second one would need what stands between: keys are wiped when a connection has ended, and written again when another begins.
        if (writes.Count(w => w.WipeKeys) > 1 && writes.Any(w => w.ArchiveKeys || w.RestoreKeys))
            throw new ArgumentException(
                "writes with several wipes of which one moves keys cannot be joined",
                nameof(writes)
            );
        if (writes.Any(w => w.SessionId != first.SessionId || w.Epoch != first.Epoch))
            throw new ArgumentException(
                "only writes of one session and epoch can be joined",
                nameof(writes)
            );
        // What stood before a wipe is wiped; the outbox, the journal and what was handled outlive it.
        var wipe = LastIndex(writes, w => w.WipeKeys);
        var kept = writes.Skip(Math.Max(0, wipe)).ToArray();
        var code = LastIndex(writes, w => w.Pairing is not null);
        var cleared = LastIndex(writes, w => w.ClearPairing);
        return first with
        {
            WipeKeys = wipe >= 0,
            ArchiveKeys = wipe >= 0 && writes[wipe].ArchiveKeys,
            RestoreKeys = wipe >= 0 && writes[wipe].RestoreKeys,
            ClearFlags = writes.Any(w => w.ClearFlags),
            Before =
                wipe >= 0 && writes[wipe].ArchiveKeys ? Before(first, writes.Take(wipe)) : null,
            Keys = Last(kept.SelectMany(w => w.Keys), k => (k.Kind, k.Id)),
            Records = Last(kept.SelectMany(w => w.Records), r => r.Name),
            Events = [.. writes.SelectMany(w => w.Events)],
            Handled = [.. writes.SelectMany(w => w.Handled)],
            Outbox = Furthest(writes),
            Changes = [.. writes.SelectMany(w => w.Changes)],
            Chats = Chats(writes.SelectMany(w => w.Chats)),
            ChatRemovals = Removals(writes.SelectMany(w => w.ChatRemovals)),
            ChatFlags = Flags(kept.SelectMany(w => w.ChatFlags)),
            Contacts = Last(writes.SelectMany(w => w.Contacts), c => c.Contact),
            Receipts = Receipts(writes.SelectMany(w => w.Receipts)),
            Past = PastRows.Join(writes.Select(w => w.Past), kept.Select(w => w.Past)),
            Marks = Last(writes.SelectMany(w => w.Marks), m => m.Message),
            State = writes.LastOrDefault(w => w.State is not null)?.State,
            // Within one write the code is removed first and then shown.
            Pairing = code >= cleared && code >= 0 ? writes[code].Pairing : null,
            ClearPairing = cleared >= 0,
        };
    }

    /// <summary>One row for each chat.</summary>
    /// <param name="rows">In order.</param>
    public static IReadOnlyList<ChatRow> Chats(IEnumerable<ChatRow> rows) =>
        Folded(rows, c => c.Chat, (one, next) => one.Then(next));

    /// <summary>One row for each chat.</summary>
    /// <param name="rows">In order.</param>
    public static IReadOnlyList<ChatRemoval> Removals(IEnumerable<ChatRemoval> rows) =>
        Folded(rows, r => r.Chat, (one, next) => one.Then(next));

    /// <summary>One row for each chat.</summary>
    /// <param name="rows">In order.</param>
    public static IReadOnlyList<ChatFlagRow> Flags(IEnumerable<ChatFlagRow> rows) =>
        Folded(rows, f => f.Chat, (one, next) => one.Then(next));

    /// <summary>One row for each message and participant.</summary>
    /// <param name="rows">In order.</param>
    public static IReadOnlyList<ReceiptRow> Receipts(IEnumerable<ReceiptRow> rows) =>
        Folded(rows, r => (r.Id, r.Participant), (one, next) => one.Then(next));

    private static SessionWrite Before(SessionWrite first, IEnumerable<SessionWrite> writes)
    {
        var before = writes.ToArray();
        return new(first.SessionId, first.Epoch)
        {
            Keys = Last(before.SelectMany(w => w.Keys), k => (k.Kind, k.Id)),
            Records = Last(before.SelectMany(w => w.Records), r => r.Name),
        };
    }

    private static int LastIndex(IReadOnlyList<SessionWrite> writes, Func<SessionWrite, bool> which)
    {
        for (var i = writes.Count - 1; i >= 0; i--)
            if (which(writes[i]))
                return i;
        return -1;
    }

    private static IReadOnlyList<T> Last<T, TKey>(IEnumerable<T> rows, Func<T, TKey> key)
        where TKey : notnull
    {
        var last = new Dictionary<TKey, T>();
        foreach (var row in rows)
            last[key(row)] = row;
        return [.. last.Values];
    }

    private static List<T> Folded<T, TKey>(
        IEnumerable<T> rows,
        Func<T, TKey> key,
        Func<T, T, T> then
    )
        where TKey : notnull
    {
        List<T> folded = [];
        Dictionary<TKey, int>? places = null;
        foreach (var row in rows)
            if ((places ??= []).TryAdd(key(row), folded.Count))
                folded.Add(row);
            else
                folded[places[key(row)]] = then(folded[places[key(row)]], row);
        return folded;
    }

    private static List<OutboxRow> Furthest(IReadOnlyList<SessionWrite> writes)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = new List<OutboxRow>();
        foreach (var write in writes)
        {
            if (write.WipeKeys)
                for (var i = 0; i < rows.Count; i++)
                    if (rows[i].State == OutboxState.Encrypted)
                        rows[i] = rows[i] with { State = OutboxState.Queued, Detail = null };
            foreach (var row in write.Outbox)
                if (places.TryAdd(row.Id, rows.Count))
                    rows.Add(row);
                else if (Moves(rows[places[row.Id]].State, row.State))
                    rows[places[row.Id]] = row with
                    {
                        Body = rows[places[row.Id]].Body,
                        BodyVersion = rows[places[row.Id]].BodyVersion,
                        Extra = rows[places[row.Id]].Extra,
                    };
        }
        return rows;
    }

    /// <summary>Whether a message may go from one state to another; the database applies the same rule.</summary>
    public static bool Moves(OutboxState from, OutboxState to) =>
        from < OutboxState.Acked && to >= from;
}
