using System.Runtime.InteropServices;

namespace WaOperator.SessionPod.Lease;

/// <summary>Time since the machine started, counting the time that it was suspended.</summary>
internal interface IBootClock
{
    /// <summary>Only differences mean anything.</summary>
    TimeSpan Now { get; }
}

/// <summary>
/// Linux' CLOCK_BOOTTIME. A monotonic clock stands still while a machine is suspended: by it a pod that wakes up would take its
/// lease for fresh. No step of the wall clock touches this one.
/// </summary>
internal sealed partial class BootClock : IBootClock
{
    private const int ClockBootTime = 7;

    /// <summary>The only instance.</summary>
    public static BootClock Instance { get; } = new();

    private BootClock() { }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The kernel has no such clock.</exception>
    public TimeSpan Now =>
        GetTime(ClockBootTime, out var time) == 0
            ? new TimeSpan(
                time.Seconds * TimeSpan.TicksPerSecond
                    + time.Nanoseconds / TimeSpan.NanosecondsPerTick
            )
            : throw new InvalidOperationException(
                "the kernel has no CLOCK_BOOTTIME; session pods need Linux 2.6.39 or later"
            );

    // A call into the vDSO of some 50 ns: asked before every frame.
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
