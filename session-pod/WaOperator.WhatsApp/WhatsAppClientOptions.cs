using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp;

/// <summary>What a <see cref="WhatsAppClient"/> needs to know. Checked by its constructor, and not read afterwards.</summary>
public sealed class WhatsAppClientOptions
{
    /// <summary>
    /// The directory that keeps the device, made if it is missing (see <see cref="FileStore"/>). It belongs to one device and one
    /// program. Default null; either this or <see cref="Store"/> must be given.
    /// </summary>
    public string? StateDirectory { get; set; }

    /// <summary>What keeps the device in place of a directory. It stays the caller's: the client does not dispose it. Default null.</summary>
    public IWhatsAppStore? Store { get; set; }

    /// <summary>The device: its name, how it is paired, its proxy. Default <see cref="DeviceOptions.Default"/>, paired by QR code.</summary>
    public DeviceOptions Device { get; set; } = DeviceOptions.Default;

    /// <summary>
    /// The protocol: the server, time-outs, limits. Default WhatsApp's own server. Not used when the client is given a
    /// <see cref="WhatsAppRuntime"/>, which has options of its own.
    /// </summary>
    public WhatsAppOptions Protocol { get; set; } = new();

    /// <summary>
    /// The longest wait before the client connects again after a failure. Waits double from 1 s and are shortened at random. Default
    /// 1 min; 1 s to 1 h.
    /// </summary>
    public TimeSpan LongestReconnectWait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a handler is given an event before the event is skipped (<see cref="WhatsAppClient.OnSkipped"/>). Default 5; 1 to 1,000.</summary>
    public int HandlerAttempts { get; set; } = 5;

    /// <summary>
    /// The longest wait before a handler that failed is given the event again. Waits double from 1 s. Default 1 min; 1 s to 1 h.
    /// </summary>
    public TimeSpan LongestHandlerWait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>False: messages are neither sent nor taken, and wait at the server. Default true.</summary>
    internal bool TakesMessages { get; set; } = true;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        if (Store is null && string.IsNullOrWhiteSpace(StateDirectory))
            throw Invalid(nameof(StateDirectory), "not set", "set, or a Store be given");
        if (Store is not null && StateDirectory is not null)
            throw Invalid(nameof(StateDirectory), "set beside a Store", "left out");
        Device.Validate();
        Protocol.Validate();
        Check(nameof(LongestReconnectWait), LongestReconnectWait);
        Check(nameof(LongestHandlerWait), LongestHandlerWait);
        if (HandlerAttempts is < 1 or > 1000)
            throw Invalid(nameof(HandlerAttempts), HandlerAttempts, "1 to 1000");
    }

    private static void Check(string name, TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromHours(1))
            throw Invalid(name, value, "1 s to 1 h");
    }

    private static ArgumentException Invalid(string name, object value, string allowed) =>
        new($"The client option {name} is {value}; it must be {allowed}.", name);
}
