using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WaOperator.Api;

/// <summary>Ports that are listened on.</summary>
internal static class ListenExtensions
{
    /// <summary>Listens on a port.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="address">Of this machine; null for all.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="configure">What is done with its connections.</param>
    public static void ListenOn(
        this KestrelServerOptions kestrel,
        IPAddress? address,
        int port,
        Action<ListenOptions> configure
    )
    {
        if (address is null)
            kestrel.ListenAnyIP(port, configure);
        else
            kestrel.Listen(address, port, configure);
    }
}
