using System.Net;
using System.Net.Sockets;

namespace WaOperator.WhatsApp.Transport;

/// <summary>A proxy is at no address that may be connected to.</summary>
internal sealed class ProxyAddressRefusedException(string message) : Exception(message);

/// <summary>
/// Connects to a proxy that others named, where that is allowed. Its name is resolved when the connection is made, and the connection goes to
/// the address that was checked: an answer of DNS that changes in between changes nothing.
/// </summary>
internal static class ProxyConnection
{
    /// <summary>Connects to the first address that is allowed and answers.</summary>
    /// <param name="proxy">The proxy, for messages.</param>
    /// <param name="at">Where it is.</param>
    /// <param name="allow">Which addresses are allowed.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="ProxyAddressRefusedException">None of its addresses is allowed.</exception>
    /// <exception cref="SocketException">It has no address, or none answers.</exception>
    public static async ValueTask<Stream> OpenAsync(
        ProxyAddress proxy,
        DnsEndPoint at,
        Predicate<IPAddress> allow,
        CancellationToken ct
    )
    {
        var found = IPAddress.TryParse(at.Host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(at.Host, ct);
        var allowed = Array.FindAll(found, allow);
        if (allowed.Length == 0)
            throw new ProxyAddressRefusedException(
                $"The proxy {proxy} is at an address that may not be connected to: one of a private or special network that is not allowed."
            );
        // For both families, each address in its turn.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, at.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
