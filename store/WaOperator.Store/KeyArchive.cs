namespace WaOperator.Store;

/// <summary>How long the keys of a linked device are there after they were wiped.</summary>
public static class KeyArchive
{
    /// <summary>So long they can be restored.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>After that they are removed: a restore that was offered the last of them finds them yet.</summary>
    public static readonly TimeSpan Removed = Kept + TimeSpan.FromHours(1);
}
