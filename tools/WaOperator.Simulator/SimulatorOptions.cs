using System.Globalization;
using System.Net;

namespace WaOperator.Simulator;

/// <summary>The settings of one simulator. On the command line <c>--tls-cert FILE</c>, in the environment <c>SIMULATOR_TLS_CERT</c>.</summary>
internal sealed record SimulatorOptions
{
    /// <summary>Where WhatsApp clients connect (path /ws/chat). Default 127.0.0.1:8443; port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8443);

    /// <summary>Where the control API listens, plain HTTP. Default 127.0.0.1:8081; port 0 takes a free one.</summary>
    public IPEndPoint Control { get; init; } = new(IPAddress.Loopback, 8081);

    /// <summary>PEM certificate (chain). With <see cref="TlsKey"/> clients connect by wss, without by ws.</summary>
    public string? TlsCert { get; init; }

    /// <summary>PEM private key of <see cref="TlsCert"/>.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Private seed of the root that signs the Noise certificates, 64 hex digits; created if missing. Default: in <see cref="State"/>, else a new one at each start.</summary>
    public string? RootKey { get; init; }

    /// <summary>Where to write the public root key for clients, 64 hex digits.</summary>
    public string? RootKeyOut { get; init; }

    /// <summary>Directory that keeps phones, devices, prekeys and queues across a restart. Default: nothing is kept.</summary>
    public string? State { get; init; }

    /// <summary>How many companion devices a phone may link. Default 4 as on real phones; range 1 to 90.</summary>
    public int MaxDevices { get; init; } = 4;

    /// <summary>A connection without any frame for this long is cut. Default 120 s; range 5 s to 1 day.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a replaced connection is still read, to see what its client does. Default 10 s; range 0 to 120 s.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A replaced connection counts as live if it sent something other than keepalive within this time. Default 10 s.</summary>
    public TimeSpan LiveWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The silence between handshake and first stanza. Clients change their ciphers after their own send completes: on a
    /// fast network the first stanza can come too early for them, and some (Baileys 6.7.24) then crash. Default 20 ms;
    /// range 0 to 10 s; more on a machine that is very busy.
    /// </summary>
    public TimeSpan FirstStanzaAfter { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// How long a client has to act on a last stanza (<c>stream:error</c>, <c>failure</c>) before the WebSocket is closed. Clients
    /// that take up stanzas and the end of the socket side by side, such as whatsmeow, lose a stanza that the close follows at once.
    /// Default 1 s; range 0 to 10 s.
    /// </summary>
    public TimeSpan CloseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A device with fewer one-time prekeys than this is told to upload more. Default 5; range 0 to 800.</summary>
    public int PreKeysLow { get; init; } = 5;

    /// <summary>How new groups address their members: by LID, as all groups made today, or by number. Default true (lid).</summary>
    public bool GroupsByLid { get; init; } = true;

    /// <summary>
    /// Stanzas whose encoding is longer than so many bytes go out compressed, as the real server's large ones do.
    /// Default 0: none; range 0 to 1,000,000.
    /// </summary>
    public int CompressAbove { get; init; }

    /// <summary>How many messages the journal keeps (<c>GET /messages</c>). Default 0: none; range 0 to 1,000,000.</summary>
    public int Journal { get; init; }

    /// <summary>The longest file that the media hosts take, in bytes. Default 256 MiB; 1 MiB to 4 GiB, by MiB.</summary>
    public long MediaFileBytes { get; init; } = 256 * Mebi;

    /// <summary>How many bytes of files the media hosts keep in all; the oldest go first. Default 4 GiB; 1 MiB to 1 TiB, by MiB.</summary>
    public long MediaTotalBytes { get; init; } = 4096 * Mebi;

    /// <summary>
    /// Whether phones own their account's state (mutes, pins, contacts and so on): each linked device then gets a message with the keys
    /// from its phone. Default false (off): collections are empty and stay so, unless the control API gives a phone a state.
    /// </summary>
    public bool AppState { get; init; }

    private const long Mebi = 1024 * 1024;
    private const string Prefix = "SIMULATOR_";

    private static readonly Dictionary<
        string,
        Func<SimulatorOptions, string, SimulatorOptions>
    > Settings = new(StringComparer.Ordinal)
    {
        ["listen"] = (o, v) => o with { Listen = EndPoint(v) },
        ["control"] = (o, v) => o with { Control = EndPoint(v) },
        ["tls-cert"] = (o, v) => o with { TlsCert = v },
        ["tls-key"] = (o, v) => o with { TlsKey = v },
        ["root-key"] = (o, v) => o with { RootKey = v },
        ["root-key-out"] = (o, v) => o with { RootKeyOut = v },
        ["state"] = (o, v) => o with { State = v },
        ["max-devices"] = (o, v) => o with { MaxDevices = Number(v, 1, 90) },
        ["idle-timeout"] = (o, v) => o with { IdleTimeout = Seconds(v, 5, 86_400) },
        ["linger"] = (o, v) => o with { Linger = Seconds(v, 0, 120) },
        ["live-within"] = (o, v) => o with { LiveWithin = Seconds(v, 0, 3600) },
        ["first-stanza-after"] = (o, v) =>
            o with
            {
                FirstStanzaAfter = TimeSpan.FromMilliseconds(Number(v, 0, 10_000)),
            },
        ["close-after"] = (o, v) =>
            o with
            {
                CloseAfter = TimeSpan.FromMilliseconds(Number(v, 0, 10_000)),
            },
        ["media-file-mib"] = (o, v) => o with { MediaFileBytes = Number(v, 1, 4096) * Mebi },
        ["media-total-mib"] = (o, v) => o with { MediaTotalBytes = Number(v, 1, 1_048_576) * Mebi },
        ["prekeys-low"] = (o, v) => o with { PreKeysLow = Number(v, 0, 800) },
        ["groups-by"] = (o, v) => o with { GroupsByLid = OneOf(v, "lid", "pn") == "lid" },
        ["app-state"] = (o, v) => o with { AppState = OneOf(v, "on", "off") == "on" },
        ["compress-above"] = (o, v) => o with { CompressAbove = Number(v, 0, 1_000_000) },
        ["journal"] = (o, v) => o with { Journal = Number(v, 0, 1_000_000) },
    };

    /// <summary>Reads the environment and then the command line, which wins.</summary>
    /// <exception cref="FormatException">Unknown option, or a value out of range; says which and what is allowed.</exception>
    public static SimulatorOptions Parse(
        IReadOnlyList<string> args,
        Func<string, string?> environment
    )
    {
        var options = new SimulatorOptions();
        foreach (var (name, set) in Settings)
        {
            var variable = Prefix + name.ToUpperInvariant().Replace('-', '_');
            if (environment(variable) is { Length: > 0 } value)
                options = Apply(options, variable, set, value);
        }
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var n, var v] ? (n, v) : (args[i], null);
            if (
                !name.StartsWith("--", StringComparison.Ordinal)
                || !Settings.TryGetValue(name[2..], out var set)
            )
                throw new FormatException(
                    $"unknown option {name}; there are: --{string.Join(", --", Settings.Keys)}"
                );
            value ??=
                ++i < args.Count ? args[i] : throw new FormatException($"{name} needs a value");
            options = Apply(options, name, set, value);
        }
        return options.TlsCert is null == options.TlsKey is null
            ? options
            : throw new FormatException(
                "--tls-cert and --tls-key go together; without both the simulator speaks plain ws"
            );
    }

    private static SimulatorOptions Apply(
        SimulatorOptions options,
        string name,
        Func<SimulatorOptions, string, SimulatorOptions> set,
        string value
    )
    {
        try
        {
            return set(options, value);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{name}={value}: {e.Message}", e);
        }
    }

    private static IPEndPoint EndPoint(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal)
            ? endPoint
            : throw new FormatException(
                "is no ADDRESS:PORT such as 127.0.0.1:8443 or 0.0.0.0:8443"
            );

    private static int Number(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= min
        && number <= max
            ? number
            : throw new FormatException($"must be a number from {min} to {max}");

    private static string OneOf(string text, params string[] allowed) =>
        allowed.Contains(text, StringComparer.Ordinal)
            ? text
            : throw new FormatException($"must be one of {string.Join(", ", allowed)}");

    private static TimeSpan Seconds(string text, int min, int max) =>
        TimeSpan.FromSeconds(Number(text, min, max));
}
