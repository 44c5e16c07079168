using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace WaOperator.WhatsApp.Transport;

/// <summary>How far an attempt to connect through a proxy came.</summary>
internal sealed class ProxySteps
{
    /// <summary>The proxy was asked for a tunnel by CONNECT; SOCKS5 has no such step.</summary>
    public bool Asked { get; set; }

    /// <summary>The tunnel stands, with the server's TLS inside of it.</summary>
    public bool Through { get; set; }
}

/// <summary>Tells a proxy's failures from those of the server behind it. Pure.</summary>
internal static class ProxyFailure
{
    /// <summary>What failed at the proxy, for people, or null: the proxy did its part.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="steps">How far the attempt came.</param>
    /// <param name="e">What ended the attempt.</param>
    /// <param name="status">The status of an HTTP answer; 0: none came.</param>
    /// <param name="where">The server.</param>
    public static (DisconnectKind Kind, string Message)? Of(
        ProxyAddress proxy,
        ProxySteps steps,
        Exception e,
        int status,
        string where
    )
    {
        if (steps.Through)
            return null;
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ProxyAddressRefusedException:
                    return (DisconnectKind.ProxyAddressRefused, cause.Message);
                case AuthenticationException:
                    return proxy.Scheme == "https" && !steps.Asked
                        ? (
                            DisconnectKind.ProxyTlsFailed,
                            $"The TLS handshake with the proxy {proxy} failed: {ErrorText.Of(cause)}"
                        )
                        : null;
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return WantsCredentials(cause, status) ? Credentials(proxy) : Refused(cause);
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return Refused(cause);
                case SocketException socket:
                    // The only sockets there are lead to the proxy.
                    return (
                        DisconnectKind.ProxyUnreachable,
                        $"The proxy {proxy} cannot be reached: {socket.Message}."
                    );
            }
        }
        return status == (int)HttpStatusCode.ProxyAuthenticationRequired ? Credentials(proxy)
            : status == 0
                ? (
                    DisconnectKind.ProxyUnreachable,
                    $"The proxy {proxy} ended the connection: {ErrorText.Of(e)}"
                )
            : null;

        (DisconnectKind, string) Refused(Exception cause) =>
            (
                DisconnectKind.ProxyRefused,
                $"The proxy {proxy} did not let us through to {where}: {ErrorText.Of(cause)}"
            );
    }

    private static (DisconnectKind, string) Credentials(ProxyAddress proxy) =>
        (
            DisconnectKind.ProxyCredentialsRefused,
            proxy.Credentials is null
                ? $"The proxy {proxy} wants a user and a password, and its address has none."
                : $"The proxy {proxy} does not accept the user and password of its address."
        );

    // .NET has no type for either: of CONNECT the status is in the message, of SOCKS5 the words.
    private static bool WantsCredentials(Exception e, int status) =>
        status == (int)HttpStatusCode.ProxyAuthenticationRequired
        || ErrorText
            .Of(e)
            .Contains(
                ((int)HttpStatusCode.ProxyAuthenticationRequired).ToString(
                    "\\'0\\'",
                    CultureInfo.InvariantCulture
                ),
                StringComparison.Ordinal
            )
        || ErrorText.Of(e).Contains("authenticat", StringComparison.OrdinalIgnoreCase);
}
