using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;

namespace WaOperator.Testing;

/// <summary>A packet of IPv4 that went over a link.</summary>
/// <param name="Protocol">TCP is 6, UDP is 17.</param>
/// <param name="From">Its source; port 0 where the protocol has none.</param>
/// <param name="To">Its destination.</param>
public sealed record SeenPacket(int Protocol, IPEndPoint From, IPEndPoint To)
{
    /// <summary>Protocol, source and destination.</summary>
    public override string ToString() =>
        $"{Protocol switch { 6 => "TCP", 17 => "UDP", _ => $"protocol {Protocol}" }} {From} > {To}";
}

/// <summary>
/// Sees every packet of a network link of this machine, by a packet socket (packet(7)), which takes the right CAP_NET_RAW. Not seen: ARP, and
/// what IPv6 needs to find its neighbours; other IPv6 counts as a packet of protocol 41.
/// </summary>
public sealed class LinkWatch : IDisposable
{
    private const int Packet = 17;
    private const int Raw = 3;
    private const int NoProtocol = 0;
    private const ushort AllProtocols = 3;
    private const int ReceiveTimeout = 20; // SO_RCVTIMEO
    private const int SocketLevel = 1;

    private readonly ConcurrentQueue<SeenPacket> _seen = new();
    private readonly Thread _reader;
    private readonly int _socket;
    private volatile bool _isOver;

    /// <summary>Watches from now on.</summary>
    /// <param name="link">Name of the network interface.</param>
    public LinkWatch(string link)
    {
        // With a protocol it would see all links until it is bound to one.
        _socket = Checked(socket(Packet, Raw, NoProtocol));
        var address = new byte[20]; // sockaddr_ll
        BinaryPrimitives.WriteUInt16LittleEndian(address, Packet);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), AllProtocols);
        BinaryPrimitives.WriteInt32LittleEndian(address.AsSpan(4), IndexOf(link));
        Checked(bind(_socket, address, address.Length));
        var patience = new byte[16]; // timeval
        BinaryPrimitives.WriteInt64LittleEndian(patience.AsSpan(8), 100_000);
        Checked(setsockopt(_socket, SocketLevel, ReceiveTimeout, patience, patience.Length));
        _reader = new Thread(Read) { IsBackground = true };
        _reader.Start();
    }

    /// <summary>What was seen so far.</summary>
    public IReadOnlyCollection<SeenPacket> Seen => _seen;

    /// <summary>Ends watching.</summary>
    public void Dispose()
    {
        _isOver = true;
        _reader.Join();
        _ = close(_socket);
    }

    private void Read()
    {
        var frame = new byte[65_536];
        while (!_isOver)
        {
            var length = (int)recv(_socket, frame, frame.Length, 0);
            if (length > 0 && Parse(frame.AsSpan(0, length)) is { } packet)
                _seen.Enqueue(packet);
        }
    }

    private static SeenPacket? Parse(ReadOnlySpan<byte> frame)
    {
        const int ethernet = 14;
        if (frame.Length < ethernet + 20)
            return null;
        var kind = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        var ip = frame[ethernet..];
        if (kind == 0x86DD)
            // Neighbours, routers and groups: ICMPv6, alone or behind a hop-by-hop header.
            return ip[6] is 58 or 0
                ? null
                : new(41, new(new IPAddress(ip[8..24]), 0), new(new IPAddress(ip[24..40]), 0));
        if (kind != 0x0800)
            return null;
        var protocol = ip[9];
        var rest = ip[Math.Min((ip[0] & 15) * 4, ip.Length)..];
        var hasPorts = protocol is 6 or 17 && rest.Length >= 4;
        return new(
            protocol,
            new(
                new IPAddress(ip[12..16]),
                hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(rest) : 0
            ),
            new(
                new IPAddress(ip[16..20]),
                hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) : 0
            )
        );
    }

    private static int IndexOf(string link) =>
        int.Parse(
            File.ReadAllText($"/sys/class/net/{link}/ifindex"),
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static int Checked(int result) =>
        result >= 0 ? result : throw new NetworkInformationException(Marshal.GetLastPInvokeError());

    [DllImport("libc", SetLastError = true)]
    private static extern int socket(int domain, int type, int protocol);

    [DllImport("libc", SetLastError = true)]
    private static extern int bind(int socket, byte[] address, int length);

    [DllImport("libc", SetLastError = true)]
    private static extern int setsockopt(int socket, int level, int name, byte[] value, int length);

    [DllImport("libc", SetLastError = true)]
    private static extern nint recv(int socket, byte[] buffer, nint length, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int socket);
}
