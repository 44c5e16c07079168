using WaOperator.Testing;
using WaOperator.WhatsApp.Timing;

namespace WaOperator.WhatsApp.Tests.Timing;

public sealed class TimerWheelTests : IDisposable
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(200);

    private readonly FakeTime _time = new();
    private readonly TimerWheel _wheel;

    public TimerWheelTests() => _wheel = new TimerWheel(_time);

    [Fact]
    public void Entries_are_due_never_early_and_hardly_late()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var start = _time.GetUtcNow();
        var entries = Enumerable.Range(0, 500).Select(_ => new Entry(_time)).ToList();
        var wanted = entries
            .Select(_ => TimeSpan.FromMilliseconds(random.Next(0, 300_000)))
            .ToList();
        for (var i = 0; i < entries.Count; i++)
            _wheel.Arm(entries[i], wanted[i]);
        _time.Advance(TimeSpan.FromSeconds(301));
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i].Times.Count.ShouldBe(1, $"seed {seed}, entry {i}");
            (entries[i].Times[0] - start).ShouldBeInRange(
                wanted[i],
                wanted[i] + Late,
                $"seed {seed}, entry {i}"
            );
        }
    }

    [Fact]
    public void An_entry_that_is_armed_again_moves()
    {
        var entry = new Entry(_time);
        _wheel.Arm(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        _wheel.Arm(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(0.9));
        entry.Times.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(0.4));
        entry.Times.Count.ShouldBe(1);
    }

    [Fact]
    public void An_entry_that_is_disarmed_is_not_due_and_leaves_its_neighbours_alone()
    {
        var entries = Enumerable.Range(0, 5).Select(_ => new Entry(_time)).ToList();
        foreach (var entry in entries)
            _wheel.Arm(entry, TimeSpan.FromSeconds(1));
        foreach (var index in (int[])[0, 2, 4])
            _wheel.Disarm(entries[index]);
        _time.Advance(TimeSpan.FromSeconds(2));
        entries.Select(entry => entry.Times.Count).ShouldBe([0, 1, 0, 1, 0]);
    }

    [Fact]
    public void An_entry_may_arm_itself_when_it_is_due()
    {
        Entry entry = null!;
        entry = new Entry(_time, () => _wheel.Arm(entry, TimeSpan.FromSeconds(1)));
        _wheel.Arm(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(10));
        entry.Times.Count.ShouldBeInRange(8, 10);
    }

    [Fact]
    public async Task A_delay_ends_in_time_or_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var delay = _wheel.DelayAsync(TimeSpan.FromSeconds(5), stop.Token);
        var cancelled = _wheel.DelayAsync(TimeSpan.FromHours(5), stop.Token);
        _time.Advance(TimeSpan.FromSeconds(6));
        await delay;
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
    }

    public void Dispose() => _wheel.Dispose();

    private sealed class Entry(FakeTime time, Action? then = null) : WheelEntry
    {
        public List<DateTimeOffset> Times { get; } = [];

        protected internal override void Due()
        {
            Times.Add(time.GetUtcNow());
            then?.Invoke();
        }
    }
}
