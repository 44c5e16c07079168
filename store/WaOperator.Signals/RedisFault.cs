using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace WaOperator.Signals;

/// <summary>Why Redis cannot be used, or not in full: one of a few, none of which holds a part of the setting.</summary>
/// <param name="Kind">Its name in metrics.</param>
/// <param name="Sentence">For people; follows "Redis:".</param>
public sealed record RedisFault(string Kind, string Sentence)
{
    /// <summary>With it Redis begins its refusal of a command or channel.</summary>
    internal const string NoRights = "NOPERM";

    /// <summary>The rule of <c>ACL SETUSER</c> that the hints need.</summary>
    private const string Rule = "&wa:* +publish +subscribe +unsubscribe";

    /// <summary>It does not let the user in.</summary>
    public static readonly RedisFault LogIn = new(
        nameof(LogIn),
        "it refuses the log-in (wrong user or password, or none)"
    );

    /// <summary>TLS fails at its certificate.</summary>
    public static readonly RedisFault Certificate = new(
        nameof(Certificate),
        "its certificate is not trusted"
    );

    /// <summary>DNS does not know it.</summary>
    public static readonly RedisFault Name = new(nameof(Name), "its name cannot be resolved");

    /// <summary>TLS fails, or one side speaks it alone.</summary>
    public static readonly RedisFault Tls = new(
        nameof(Tls),
        "TLS and plain text do not match, or the handshake fails"
    );

    /// <summary>No connection comes about, or it broke.</summary>
    public static readonly RedisFault Away = new(nameof(Away), "it cannot be reached");

    /// <summary>The log-in works, the connection's own first commands do not.</summary>
    public static readonly RedisFault Commands = new(
        nameof(Commands),
        "its user may not run what each connection begins with (NOPERM); give it +@connection +info"
    );

    /// <summary>Hints are heard but cannot be sent.</summary>
    public static readonly RedisFault Publish = new(
        nameof(Publish),
        $"its user may not publish (NOPERM), so that others learn of changes by their polls alone; give it {Rule}"
    );

    /// <summary>Hints are sent but cannot be heard.</summary>
    public static readonly RedisFault Subscribe = new(
        nameof(Subscribe),
        $"its user may not subscribe (NOPERM), so that changes are found by polls alone; give it {Rule}"
    );

    /// <summary>The user may do neither.</summary>
    public static readonly RedisFault PublishAndSubscribe = new(
        nameof(PublishAndSubscribe),
        $"its user may neither publish nor subscribe (NOPERM); give it {Rule}"
    );

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RedisFault> All { get; } =
    [LogIn, Certificate, Name, Tls, Away, Commands, Publish, Subscribe, PublishAndSubscribe];

    /// <summary>What a connection that stands is refused; null for nothing.</summary>
    internal static RedisFault? Of(bool mayPublish, bool maySubscribe) =>
        (mayPublish, maySubscribe) switch
        {
            (true, true) => null,
            (true, false) => Subscribe,
            (false, true) => Publish,
            (false, false) => PublishAndSubscribe,
        };

    /// <summary>By the failure, and for a name by asking for it.</summary>
    internal static async Task<RedisFault> OfAsync(
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
    internal static RedisFault? Of(Exception? failure) =>
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

    /// <summary>Whether the server refuses a command or channel to a user that it let in.</summary>
    internal static bool IsRights(Exception failure) => Has(failure, NoRights);

    private static RedisFault? ByText(Exception failure)
    {
        if (IsRights(failure))
            return Commands;
        return
            Has(failure, "WRONGPASS")
            || Has(failure, "NOAUTH")
            || Has(failure, "invalid password")
            || Has(failure, "authentication failure")
            ? LogIn
            : null;
    }

    private static bool Has(Exception failure, string text) =>
        failure.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
}
