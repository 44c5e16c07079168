namespace WaOperator.Store.Pod;

/// <summary>A message from before the session was linked, encrypted.</summary>
/// <param name="Ref">Keyed hash of its id, as <see cref="EventRow.Ref"/>.</param>
/// <param name="Chat">Names its chat, as <see cref="EventRow.Chat"/>.</param>
/// <param name="At">When it was sent.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">The message.</param>
/// <param name="Own">Of one that the account sent its id: it may stand in the outbox. Null: others sent it, or it was read.</param>
public sealed record PastRow(
    RecordName Ref,
    long Chat,
    DateTimeOffset At,
    int KeyVersion,
    byte[] Ciphertext,
    string? Own = null
);

/// <summary>A message of the past as read.</summary>
/// <param name="Seq">Tells messages of one second apart.</param>
/// <param name="Row">The message.</param>
public sealed record StoredPast(long Seq, PastRow Row);

/// <summary>Where the messages of a chat's past continue: before that time, or in its second behind that number.</summary>
/// <param name="At">When that was sent.</param>
/// <param name="Seq">Its <see cref="StoredPast.Seq"/>.</param>
public readonly record struct PastCursor(DateTimeOffset At, long Seq)
{
    /// <summary>From the newest on.</summary>
    public static PastCursor Newest { get; } = new(DateTimeOffset.MaxValue, 0);
}

/// <summary>How much a phone has given of its account's past.</summary>
/// <param name="Recent">Of the recent part, in percent, 0 to 100; null: nothing new. It never falls.</param>
/// <param name="Full">Of what lies further back, likewise.</param>
/// <param name="Lost">Parts more that could not be read.</param>
public readonly record struct PastProgress(int? Recent, int? Full, int Lost)
{
    /// <summary>Nothing new.</summary>
    public static PastProgress None { get; }

    /// <summary>Both.</summary>
    public PastProgress With(PastProgress next) =>
        new(Most(Recent, next.Recent), Most(Full, next.Full), Lost + next.Lost);

    private static int? Most(int? one, int? other) =>
        one is null || other > one ? other ?? one : one;
}

/// <summary>
/// What a commit adds of the time before its session was linked. Nothing of it overwrites what is known: messages that are there stay as
/// they are, so do flags and contacts, and a chat moves to a later message alone.
/// </summary>
public sealed record PastRows
{
    /// <summary>Messages.</summary>
    public IReadOnlyList<PastRow> Messages { get; init; } = [];

    /// <summary>
    /// Chats with their newest messages, one of each hash. Without one (<see cref="ChatRow.Ciphertext"/>) a chat that is not known stays so.
    /// At least <see cref="ChatRow.Unread"/> of its messages are not read.
    /// </summary>
    public IReadOnlyList<ChatRow> Chats { get; init; } = [];

    /// <summary>How chats are shown.</summary>
    public IReadOnlyList<ChatFlagRow> Flags { get; init; } = [];

    /// <summary>Accounts and groups.</summary>
    public IReadOnlyList<ContactRow> Contacts { get; init; } = [];

    /// <summary>What the phone has given with it.</summary>
    public PastProgress Progress { get; init; }

    /// <summary>Messages of the past that one linked device brings at most; what comes beyond is left out.</summary>
    public const int MostMessages = 200_000;

    /// <summary>One row for each chat.</summary>
    /// <param name="rows">In any order.</param>
    public static IReadOnlyList<ChatRow> Newest(IEnumerable<ChatRow> rows)
    {
        var newest = new Dictionary<RecordName, ChatRow>();
        foreach (var row in rows)
        {
            var known = newest.GetValueOrDefault(row.Chat);
            var last =
                known is null || known.Ciphertext is null ? row
                : row.Ciphertext is not null && row.At > known.At ? row
                : known;
            newest[row.Chat] = last with { Unread = Math.Max(row.Unread, known?.Unread ?? 0) };
        }
        return [.. newest.Values];
    }

    /// <summary>Several as one.</summary>
    /// <param name="rows">In order; null: none.</param>
    /// <param name="kept">Those whose flags outlive a wipe.</param>
    internal static PastRows? Join(IEnumerable<PastRows?> rows, IEnumerable<PastRows?> kept)
    {
        var all = rows.OfType<PastRows>().ToArray();
        return all.Length == 0
            ? null
            : new()
            {
                Messages = [.. all.SelectMany(r => r.Messages)],
                Chats = Newest(all.SelectMany(r => r.Chats)),
                Flags = [.. kept.OfType<PastRows>().SelectMany(r => r.Flags)],
                Contacts = [.. all.SelectMany(r => r.Contacts)],
                Progress = kept.OfType<PastRows>()
                    .Aggregate(PastProgress.None, (sum, r) => sum.With(r.Progress)),
            };
    }
}
