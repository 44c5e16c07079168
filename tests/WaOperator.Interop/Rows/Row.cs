namespace WaOperator.Interop.Rows;

/// <summary>A row of the matrix: one capability.</summary>
/// <param name="Name">As the matrix shows it.</param>
/// <param name="Run">Tries it; throws <see cref="CellException"/> where it does not hold.</param>
public sealed record Row(string Name, Func<Direction, Task> Run)
{
    /// <summary>
    /// In the order in which a column runs them. The last ones take devices away, so they run when the other direction
    /// of the pair has done all before them.
    /// </summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        new("pairing by QR", Pairing.ByQr),
        new("text 1:1", Texts.OneToOne),
        new("multi-device fan-out", Texts.FanOut),
        new("LID chat", Texts.ByLid),
        new("reply, reaction, edit, delete", Texts.Kinds),
        new("receipts: delivery and read", Receipts.DeliveryAndRead),
        new("typing", Presences.Typing),
        new("group text", GroupTexts.ByLid),
        new("group text, by number", GroupTexts.ByNumber),
        new("group changes", GroupTexts.Changes),
        new("media, byte-equal", Files.ByteEqual),
        new("retry after a lost session", Repairs.LostSession),
        new("offline queue", Repairs.Offline),
    ];

    /// <summary>What ends a device's life; see <see cref="All"/>.</summary>
    public static IReadOnlyList<Row> Ends { get; } =
    [
        new("replaced", Rows.Ends.Replaced),
        new("unlinked", Rows.Ends.Unlinked),
        new("logout", Rows.Ends.Logout),
    ];
}
