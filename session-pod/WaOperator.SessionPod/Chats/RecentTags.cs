namespace WaOperator.SessionPod.Chats;

/// <summary>
/// What was written lately of contacts, of all sessions of the pod, so that a name which stands with each message is written once. Of
/// a fixed size; what it forgets is looked up in the database, which then writes nothing either.
/// </summary>
internal sealed class RecentTags
{
    private const int Slots = 1 << 16;
    private readonly long[] _slots = new long[Slots];

    /// <summary>Whether it is known to be durable.</summary>
    public bool Has(long tag) => Volatile.Read(ref _slots[Slot(tag)]) == tag;

    /// <summary>It is durable.</summary>
    public void Add(long tag) => Volatile.Write(ref _slots[Slot(tag)], tag);

    private static int Slot(long tag) => (int)(tag & (Slots - 1));
}
