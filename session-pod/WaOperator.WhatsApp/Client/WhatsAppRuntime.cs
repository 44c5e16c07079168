using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Syncing;
using WaOperator.WhatsApp.Timing;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp;

/// <summary>What the sessions of a process share: options, the clock and one timer for all time-outs, the dialer. Made once.</summary>
public sealed class WhatsAppRuntime : IDisposable
{
    /// <summary>Checks the options and starts the shared timer.</summary>
    /// <param name="options">The options.</param>
    /// <param name="time">The clock; default the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public WhatsAppRuntime(WhatsAppOptions options, TimeProvider? time = null)
        : this(options, time, dialer: null) { }

    /// <param name="options">The options.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="dialer">How connections are made; null: WebSockets by the options.</param>
    internal WhatsAppRuntime(WhatsAppOptions options, TimeProvider? time, IWireDialer? dialer)
    {
        options.Validate();
        Options = options;
        Time = time ?? TimeProvider.System;
        Dialer = dialer ?? new WebSocketDialer(options);
        Wheel = new TimerWheel(Time);
        MediaHttp = new MediaHttp(options, Time);
        MediaTransfers = new MediaTransfers(options.Media.MaxTransfers);
    }

    /// <summary>The options.</summary>
    public WhatsAppOptions Options { get; }

    /// <summary>What the transfers of files hold.</summary>
    internal MediaTransfers MediaTransfers { get; }

    /// <summary>Entered by who holds a snapshot of an account's state: few at once, for they may be large.</summary>
    internal SemaphoreSlim Snapshots { get; } = new(2);

    /// <summary>Entered by who takes a part of the history.</summary>
    internal HistoryPlaces Histories { get; } = new();

    internal MediaHttp MediaHttp { get; }

    internal TimeProvider Time { get; }

    internal IWireDialer Dialer { get; }

    internal TimerWheel Wheel { get; }

    /// <summary>Ends the shared timer. The sessions must have ended before.</summary>
    public void Dispose()
    {
        Wheel.Dispose();
        MediaHttp.Dispose();
        MediaTransfers.Dispose();
        Snapshots.Dispose();
        Histories.Dispose();
        (Dialer as IDisposable)?.Dispose();
    }
}
