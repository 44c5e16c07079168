namespace WaOperator.Interop.Rows;

/// <summary>A row of the matrix: one capability.</summary>
/// <param name="Name">As the matrix shows it.</param>
/// <param name="Run">Tries it; throws <see cref="CellException"/> where it does not hold.</param>
public sealed record Row(string Name, Func<Direction, Task> Run)
{
    /// <summary>What gives each side its two devices: without them no other row can be tried.</summary>
    public static IReadOnlyList<Row> Pairings { get; } =
    [new("pairing by QR", Pairing.ByQr), new("pairing by code", Pairing.ByCode)];

    /// <summary>In the order in which a column runs them.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        new("text 1:1", Texts.OneToOne),
        new("multi-device fan-out", Texts.FanOut),
        new("LID chat", Texts.ByLid),
        new("reply, reaction, edit, delete", Texts.Kinds),
        new("receipts: delivery and read", Receipts.DeliveryAndRead),
        new("typing", Presences.Typing),
        new("group text", GroupTexts.ByLid),
        new("group text, by number", GroupTexts.ByNumber),
        new("group changes", GroupTexts.Changes),
        new(Communities.Name, Communities.FilledAndLeft),
        new("status, reaction, deletion", Statuses.SeenLikedDeleted),
        new("media, byte-equal", Files.ByteEqual),
        new("retry after a lost session", Repairs.LostSession),
        new("offline queue", Repairs.Offline),
        new("backlog after a group by LID", Backlogs.AfterGroupByLid),
        new("backlog beyond the resend memory", Backlogs.BeyondMemory),
        .. AccountStates.Rows,
        .. Profiles.Rows,
        new(Floods.Name, Floods.BothWays),
    ];

    /// <summary>What takes devices away, so it runs when both directions of the pair have done all of <see cref="All"/>.</summary>
    public static IReadOnlyList<Row> Ends { get; } =
    [
        new("replaced", Rows.Ends.Replaced),
        new("unlinked", Rows.Ends.Unlinked),
        new("logout", Rows.Ends.Logout),
    ];
}
