using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace WaOperator.Store.Hints;

/// <summary>Why Redis cannot be used, in one of a few sentences: none holds a part of the setting.</summary>
internal static class RedisFault
{
    public const string LogIn = "it refuses the log-in (wrong user or password, or none)";
    public const string Certificate = "its certificate is not trusted";
    public const string Name = "its name cannot be resolved";
    public const string Tls = "TLS and plain text do not match, or the handshake fails";
    public const string Away = "it cannot be reached";

    /// <summary>By the failure, and for a name by asking for it.</summary>
    public static async Task<string> OfAsync(
        Exception failure,
        IEnumerable<EndPoint> endpoints,
        CancellationToken ct
    )
    {
        if (Of(failure) is { } known)
            return known;
        foreach (var endpoint in endpoints.OfType<DnsEndPoint>())
            try
            {
                await Dns.GetHostAddressesAsync(endpoint.Host, ct);
            }
            catch (SocketException)
            {
                return Name;
            }
        return Away;
    }

    /// <summary>By the failure alone; null where it does not tell.</summary>
    public static string? Of(Exception? failure) =>
        failure switch
        {
            null => null,
            AggregateException all => all
                .InnerExceptions.Select(Of)
                .FirstOrDefault(f => f is not null),
            RedisConnectionException
            {
                FailureType: ConnectionFailureType.AuthenticationFailure
            } e => Of(e.InnerException) ?? ByText(e) ?? LogIn,
            RedisServerException e => ByText(e),
            AuthenticationException e => e.Message.Contains(
                "certificate",
                StringComparison.OrdinalIgnoreCase
            )
                ? Certificate
                : Tls,
            SocketException
            {
                SocketErrorCode: SocketError.HostNotFound
                    or SocketError.TryAgain
                    or SocketError.NoData
            } => Name,
            _ => Of(failure.InnerException) ?? ByText(failure),
        };

    private static string? ByText(Exception failure) =>
        Has(failure, "WRONGPASS")
        || Has(failure, "NOAUTH")
        || Has(failure, "invalid password")
        || Has(failure, "authentication failure")
            ? LogIn
            : null;

    private static bool Has(Exception failure, string text) =>
        failure.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
}
