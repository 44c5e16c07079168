using WaOperator.SessionPod.Lease;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A boot clock that moves by hand.</summary>
internal sealed class HandClock : IBootClock
{
    private long _now = TimeSpan.FromHours(1).Ticks;

    public TimeSpan Now => new(Volatile.Read(ref _now));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
}
