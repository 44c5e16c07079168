using System.Net;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Noise;

namespace WaOperator.WhatsApp;

/// <summary>What all sessions of a process have in common. Checked once, by <see cref="WhatsAppRuntime"/>.</summary>
public sealed record WhatsAppOptions
{
    /// <summary>
    /// Where the server is: wss, or ws for tests. Default WhatsApp's own. Media hosts are asked by https with wss, by http with ws.
    /// </summary>
    public Uri Url { get; init; } = new("wss://web.whatsapp.com/ws/chat");

    /// <summary>The Origin header of the upgrade. Default that of the web client.</summary>
    public string Origin { get; init; } = "https://web.whatsapp.com";

    /// <summary>Certificate authorities (PEM) that are trusted for TLS in place of the system's. Default null: the system's.</summary>
    public string? TlsCaPem { get; init; }

    /// <summary>
    /// Says whether a proxy (<see cref="DeviceOptions.Proxy"/>) may be connected to at an address. Asked of every address that the proxy's
    /// name has, each time: a program whose proxies are named by others keeps them out of its own network with it. Default null: at any.
    /// </summary>
    public Predicate<IPAddress>? AllowProxyAt { get; init; }

    /// <summary>The root that the server's Noise certificates must come from: 32 bytes. Default WhatsApp's own.</summary>
    public byte[] RootKey { get; init; } = NoiseProtocol.RootKey.ToArray();

    /// <summary>The version that the client says it has, three numbers. Default a version of the web client. The server refuses old ones.</summary>
    public Version ClientVersion { get; init; } = new(2, 3000, 1043857760);

    /// <summary>How long dialling and the handshake may take together. Default 20 s; 1 s to 5 min.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an answer to a query may take. Default 60 s; 1 s to 10 min.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the keepalive is sent, at most; up to a tenth less, at random. Default 30 s; 1 s to 10 min.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long without anything from the server the connection counts as lost. Default 35 s; above <see cref="KeepAlive"/>.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(35);

    /// <summary>How long a close waits for the server's. Default 1 s; up to 30 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a login waits for the server's word that all that waited has been delivered. Default 5 s; up to 5 min.</summary>
    public TimeSpan OfflineTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the first code of a pairing round can be scanned. Default 60 s; 1 s to 10 min.</summary>
    public TimeSpan FirstQrValidity { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long each other code can be scanned. Default 20 s; 1 s to 10 min.</summary>
    public TimeSpan NextQrValidity { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a pairing code can be typed into the phone. Default 160 s; 1 s to 10 min. The server's own limit is about the same.</summary>
    public TimeSpan PairingCodeValidity { get; init; } = TimeSpan.FromSeconds(160);

    /// <summary>How many stanzas are held while a session must be silent. Default 256; 1 to 65,536.</summary>
    public int MaxHeldFrames { get; init; } = 256;

    /// <summary>How many bytes of stanzas are held while a session must be silent. Default 1 MiB; 4 KiB to 64 MiB.</summary>
    public int MaxHeldBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// How long the server's answers to messages, and receipts, may wait before they are stored, so as to share a commit with what
    /// cannot wait. Nothing is acknowledged before it is stored. Default 0, not at all; up to 1 s.
    /// </summary>
    public TimeSpan Gather { get; init; }

    /// <summary>How files are transferred.</summary>
    public MediaOptions Media { get; init; } = new();

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        if (!Url.IsAbsoluteUri || Url.Scheme is not ("wss" or "ws"))
            throw Invalid(nameof(Url), Url, "an absolute wss:// or ws:// address");
        if (RootKey.Length != 32)
            throw Invalid(nameof(RootKey), $"{RootKey.Length} bytes", "32 bytes");
        if (ClientVersion.Build < 0)
            throw Invalid(nameof(ClientVersion), ClientVersion, "three numbers, such as 2.3000.1");
        Media.Validate();
        Check(nameof(ConnectTimeout), ConnectTimeout, 1, 300);
        Check(nameof(QueryTimeout), QueryTimeout, 1, 600);
        Check(nameof(KeepAlive), KeepAlive, 1, 600);
        Check(nameof(SilenceLimit), SilenceLimit, KeepAlive.TotalSeconds + 0.1, 3600);
        Check(nameof(CloseTimeout), CloseTimeout, 0, 30);
        Check(nameof(OfflineTimeout), OfflineTimeout, 0, 300);
        Check(nameof(Gather), Gather, 0, 1);
        Check(nameof(FirstQrValidity), FirstQrValidity, 1, 600);
        Check(nameof(NextQrValidity), NextQrValidity, 1, 600);
        Check(nameof(PairingCodeValidity), PairingCodeValidity, 1, 600);
        if (MaxHeldFrames is < 1 or > 65_536)
            throw Invalid(nameof(MaxHeldFrames), MaxHeldFrames, "1 to 65536");
        if (MaxHeldBytes is < 4096 or > 64 * 1024 * 1024)
            throw Invalid(nameof(MaxHeldBytes), MaxHeldBytes, "4096 to 67108864");
    }

    private static void Check(string name, TimeSpan value, double least, double most)
    {
        if (value.TotalSeconds < least || value.TotalSeconds > most)
            throw Invalid(name, value, $"{least} s to {most} s");
    }

    private static ArgumentException Invalid(string name, object value, string allowed) =>
        new($"The WhatsApp option {name} is {value}; it must be {allowed}.", name);
}
