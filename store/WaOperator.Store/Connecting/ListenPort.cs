using System.Net;
using System.Net.Sockets;

namespace WaOperator.Store.Connecting;

/// <summary>A port that a program serves on.</summary>
/// <param name="Setting">What the port is called in the environment.</param>
/// <param name="Port">0 is a free one.</param>
/// <param name="Address">Null for all addresses.</param>
/// <param name="AddressSetting">What the address is called in the environment.</param>
public sealed record ListenPort(
    string Setting,
    int Port,
    IPAddress? Address = null,
    string AddressSetting = ""
)
{
    /// <summary>
    /// Why it cannot be served on now, for people; null when it can. Asked before the server is started, which would tell by a
    /// stack trace.
    /// </summary>
    public string? Fault()
    {
        try
        {
            using var probe = Address is null
                ? TcpListener.Create(Port)
                : new TcpListener(Address, Port);
            probe.Start();
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse =>
                    $"{Setting} is {Port}, a port that another program listens on; end that one or choose another port",
                SocketError.AccessDenied =>
                    $"{Setting} is {Port}, a port that this user may not listen on; choose one from 1024 on",
                SocketError.AddressNotAvailable =>
                    $"{AddressSetting} is {Address}, which is not an address of this machine",
                _ => $"{Setting} is {Port}, a port that cannot be listened on: {e.Message}",
            };
        }
    }
}
