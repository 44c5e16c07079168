using WaOperator.Store;

namespace WaOperator.SessionPod.Sessions;

/// <summary>How many sessions are in each phase, kept as they change: no one walks over all sessions to count them.</summary>
internal sealed class PhaseCounts
{
    private static readonly SessionPhase[] Phases = Enum.GetValues<SessionPhase>();
    private readonly int[] _counts = new int[Phases.Length];

    /// <summary>All sessions.</summary>
    public int Total => Phases.Sum(Of);

    /// <summary>Sessions in a phase.</summary>
    public int Of(SessionPhase phase) => Volatile.Read(ref _counts[(int)phase]);

    /// <summary>Every phase with its count.</summary>
    public IEnumerable<(SessionPhase Phase, int Count)> All() => Phases.Select(p => (p, Of(p)));

    public void Enter(SessionPhase phase) => Interlocked.Increment(ref _counts[(int)phase]);

    public void Leave(SessionPhase phase) => Interlocked.Decrement(ref _counts[(int)phase]);
}
