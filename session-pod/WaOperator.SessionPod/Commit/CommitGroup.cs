using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Commit;

/// <summary>A write that waits for its commit, or a probe that passes by.</summary>
internal sealed record CommitItem(
    long Tenant,
    SessionWrite? Write,
    CommitLane? Lane = null,
    Action? Passed = null
)
{
    private readonly TaskCompletionSource<CommitOutcome> _done = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    /// <summary>What became of it.</summary>
    public Task<CommitOutcome> Outcome => _done.Task;

    /// <summary>It is durable: those who follow the commits hear of it in order, before its caller continues.</summary>
    public void Committed()
    {
        Passed?.Invoke();
        _done.TrySetResult(CommitOutcome.Committed);
    }

    /// <summary>It is not, or no one knows.</summary>
    public void Lost(CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.Unknown)
            Lane?.Doubt();
        else
            Lane?.Break();
        _done.TrySetResult(outcome);
    }

    /// <summary>PostgreSQL refuses it.</summary>
    public void Refused(Exception failure)
    {
        Lane?.Break();
        _done.TrySetException(failure);
    }
}

/// <summary>
/// What is committed together: all waiting writes of many sessions, those of one session joined. Room for
/// <see cref="MaxSessions"/> sessions, <see cref="MaxItems"/> writes and about <see cref="MaxBytes"/>.
/// </summary>
internal sealed class CommitGroup
{
    public const int MaxSessions = 256;
    public const int MaxItems = 1024;
    public const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Sessions whose keys move to the archive, or back, in one group.</summary>
    public const int MaxMoves = 16;

    private readonly Dictionary<long, long> _epochs = [];
    private int _bytes;

    private CommitGroup(List<CommitItem> items) => Items = items;

    public CommitGroup()
        : this([]) { }

    /// <summary>The writes in order.</summary>
    public List<CommitItem> Items { get; }

    /// <summary>Nothing more goes in.</summary>
    public bool IsFull => Items.Count >= MaxItems || _bytes >= MaxBytes;

    /// <summary>Sessions that write.</summary>
    public int Sessions => Items.Select(i => i.Write!.SessionId).Distinct().Count();

    /// <summary>Takes a write in unless it must wait for the next group, and those behind it with it.</summary>
    public bool TryAdd(CommitItem item)
    {
        var write = item.Write!;
        var known = _epochs.TryGetValue(write.SessionId, out var epoch);
        if (IsFull || (known ? epoch != write.Epoch : _epochs.Count == MaxSessions))
            return false;
        // What stands between two wipes has no place in one write (SessionWrites.Join).
        if (
            write.WipeKeys
            && Items.Exists(i => i.Write is { WipeKeys: true } w && w.SessionId == write.SessionId)
        )
            return false;
        _epochs[write.SessionId] = write.Epoch;
        _bytes += Weight(write);
        Items.Add(item);
        return true;
    }

    /// <summary>Drops the writes whose lane has broken meanwhile.</summary>
    public void DropBroken()
    {
        foreach (var item in Items.Where(i => i.Lane is { Broken: true }))
            item.Lost(CommitOutcome.Broken);
        Items.RemoveAll(i => i.Lane is { Broken: true });
    }

    /// <summary>One write for each session.</summary>
    public IReadOnlyList<SessionWrite> Join() =>
        [
            .. Items
                .GroupBy(i => i.Write!.SessionId)
                .Select(g => SessionWrites.Join([.. g.Select(i => i.Write!)])),
        ];

    /// <summary>Smaller groups to find the one write that PostgreSQL refuses: by session, then one by one.</summary>
    public IEnumerable<CommitGroup> Split() =>
        Sessions > 1
            ? Items.GroupBy(i => i.Write!.SessionId).Select(g => new CommitGroup([.. g]))
            : Items.Select(i => new CommitGroup([i]));

    private static int Weight(SessionWrite write)
    {
        // Thousands of rows, which the database alone knows: many at once would take longer than a group commit may.
        var sum = write.ArchiveKeys || write.RestoreKeys ? MaxBytes / MaxMoves : 0;
        foreach (var key in write.Keys)
            sum += key.Ciphertext?.Length ?? 0;
        foreach (var record in write.Records)
            sum += record.Ciphertext?.Length ?? 0;
        foreach (var entry in write.Events)
            sum += entry.Ciphertext.Length;
        foreach (var message in write.Outbox)
            sum += message.Body.Length + (message.Detail?.Length ?? 0);
        foreach (var chat in write.Chats)
            sum += chat.Ciphertext?.Length ?? 0;
        foreach (var contact in write.Contacts)
            sum += contact.Ciphertext.Length;
        foreach (var receipt in write.Receipts)
            sum += receipt.Ciphertext.Length;
        foreach (var past in write.Past?.Messages ?? [])
            sum += past.Ciphertext.Length;
        return sum;
    }
}
