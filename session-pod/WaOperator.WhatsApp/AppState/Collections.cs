namespace WaOperator.WhatsApp.AppState;

/// <summary>The parts in which the account's state is kept; each has versions of its own.</summary>
internal static class Collections
{
    public const string CriticalBlock = "critical_block";
    public const string CriticalUnblockLow = "critical_unblock_low";
    public const string RegularHigh = "regular_high";
    public const string Regular = "regular";
    public const string RegularLow = "regular_low";

    /// <summary>In the order in which they are synced.</summary>
    public static IReadOnlyList<string> All { get; } =
    [CriticalBlock, CriticalUnblockLow, RegularHigh, Regular, RegularLow];
}
