using System.Diagnostics;

namespace WaOperator.Fuzz;

/// <summary>Gives a parser every n-th input. An input depends on the seed, the parser and its number only.</summary>
internal sealed class Worker(Target target, int seed)
{
    private const int MaxFailures = 20;
    private const int WarmUp = 200;
    private long _started;

    public Tally Tally { get; private set; } = new();

    public Target Target => target;

    public long Current { get; private set; }

    public Input CurrentInput { get; private set; }

    /// <summary>How long the current input has been parsed.</summary>
    public TimeSpan Busy =>
        Volatile.Read(ref _started) is > 0 and var since
            ? Stopwatch.GetElapsedTime(since)
            : TimeSpan.Zero;

    public void Run(long first, long end, int step)
    {
        // What a type needs once (static constructors, the pool's arrays) is no input's fault.
        for (var i = first; i < Math.Min(end, first + WarmUp * step); i += step)
            Measure(i);
        Tally = new();
        for (var i = first; i < end && Tally.Failures.Count < MaxFailures; i += step)
            Measure(i);
    }

    public static int SeedOf(int seed, string name, long input)
    {
        // FNV-1a: the same on every machine and in every run.
        var hash = 2_166_136_261u;
        foreach (var c in name)
            hash = (hash ^ c) * 16_777_619;
        foreach (var part in (ReadOnlySpan<long>)[seed, input, input >> 32])
        {
            for (var shift = 0; shift < 32; shift += 8)
                hash = (hash ^ (byte)(part >> shift)) * 16_777_619;
        }
        return (int)(hash & int.MaxValue);
    }

    private void Measure(long number)
    {
        Current = number;
        CurrentInput = target.Make(new Random(SeedOf(seed, target.Name, number)));
        var allowed = target.MaxAllocated(CurrentInput);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _started, start);
        try
        {
            target.Parse(CurrentInput);
        }
        catch (Exception e) when (target.IsRefusal(e))
        {
            Tally.Refused++;
        }
        catch (Exception e)
        {
            Fail(number, e.ToString());
        }
        Volatile.Write(ref _started, 0);
        var time = Stopwatch.GetElapsedTime(start);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Tally.Inputs++;
        Tally.Note(time, allocated, allowed);
        if (allocated > allowed)
            Fail(number, $"it allocated {allocated} bytes; {allowed} are allowed");
    }

    private void Fail(long number, string what) =>
        Tally.Failures.Add(Describe(number, CurrentInput, what));

    public string Describe(long number, Input input, string what) =>
        $"FAILED {target.Name}: {what}\n  again: hack/fuzz --seed {seed} --parser {target.Name} --only {number}\n  kind {input.Kind}, {input.Bytes.Length} bytes: {Convert.ToHexString(input.Bytes.AsSpan(0, Math.Min(input.Bytes.Length, 2_000)))}";
}
