namespace WaOperator.Operator.Tests;

/// <summary>A clock that stands until the test moves it.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(TimeSpan by) => _now += by;

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));
}
