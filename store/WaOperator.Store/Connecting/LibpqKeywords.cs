using System.Globalization;
using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>
/// libpq's keywords in Npgsql's words, https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS.
/// </summary>
internal static class LibpqKeywords
{
    private static readonly Dictionary<string, string> Same = new(StringComparer.Ordinal)
    {
        ["user"] = nameof(NpgsqlConnectionStringBuilder.Username),
        ["password"] = nameof(NpgsqlConnectionStringBuilder.Password),
        ["dbname"] = nameof(NpgsqlConnectionStringBuilder.Database),
        ["passfile"] = nameof(NpgsqlConnectionStringBuilder.Passfile),
        ["application_name"] = "Application Name",
        ["connect_timeout"] = nameof(NpgsqlConnectionStringBuilder.Timeout),
        ["options"] = nameof(NpgsqlConnectionStringBuilder.Options),
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["sslnegotiation"] = "SSL Negotiation",
        ["krbsrvname"] = "Kerberos Service Name",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    private static readonly string[] Others =
    [
        "host",
        "hostaddr",
        "port",
        "sslmode",
        "sslrootcert",
        "ssl",
        "client_encoding",
        "gssencmode",
        "load_balance_hosts",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "fallback_application_name",
    ];

    private static readonly string[] Names = [.. Same.Keys, .. Others];

    /// <summary>Whether libpq has the keyword.</summary>
    public static bool IsKnown(string keyword) => Names.Contains(keyword, StringComparer.Ordinal);

    /// <summary>Sets what they say.</summary>
    /// <exception cref="ConnectionSettingException">One is not known, or has a value that it does not take.</exception>
    public static void Apply(NpgsqlConnectionStringBuilder read, IEnumerable<Setting> settings)
    {
        string? hosts = null;
        string? ports = null;
        string? address = null;
        string? mode = null;
        string? root = null;
        foreach (var setting in settings)
            switch (setting.Key)
            {
                case "host":
                    hosts = setting.Value;
                    break;
                case "hostaddr":
                    address = setting.Value;
                    break;
                case "port":
                    ports = setting.Value;
                    break;
                case "sslmode":
                    mode = setting.Value;
                    break;
                case "ssl" when setting.Value is "true":
                    mode ??= "require";
                    break;
                case "sslrootcert":
                    root = setting.Value;
                    break;
                case "client_encoding"
                    when setting.Value.ToUpperInvariant()
                        is "UTF8"
                            or "UTF-8"
                            or "AUTO"
                            or "UNICODE":
                case "gssencmode" when setting.Value is "disable" or "prefer":
                case "load_balance_hosts" when setting.Value is "disable":
                case "fallback_application_name":
                // How dead connections are found follows from the lease.
                case "keepalives" or "keepalives_idle" or "keepalives_interval":
                case "keepalives_count" or "tcp_user_timeout":
                    break;
                case "load_balance_hosts" when setting.Value is "random":
                    read.LoadBalanceHosts = true;
                    break;
                case var key when Same.TryGetValue(key, out var name):
                    Set(read, setting, name);
                    break;
                case var key when IsKnown(key):
                    throw NotTaken(key);
                default:
                    throw NpgsqlPairs.Unknown(setting, Names);
            }
        if ((address ?? hosts) is { } at)
            SetHosts(read, at, ports);
        SetSsl(read, mode, root);
    }

    private static void Set(NpgsqlConnectionStringBuilder read, Setting setting, string name)
    {
        var value = setting.Key is "require_auth" or "target_session_attrs" or "channel_binding"
            ? setting.Value.Replace('_', '-').ToLowerInvariant()
            : setting.Value;
        try
        {
            read[name] = setting.Key == "require_auth" ? setting.Value : value;
        }
        catch (ArgumentException)
        {
            throw NotTaken(setting.Key);
        }
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder read, string hosts, string? ports)
    {
        var names = hosts.Split(',');
        var numbers = ports?.Split(',') ?? [];
        if (numbers.Length > 1 && numbers.Length != names.Length)
            throw new ConnectionSettingException("has another number of ports than of hosts");
        var each = names
            .Select((h, i) => (h, numbers.Length > 1 ? numbers[i] : numbers.FirstOrDefault("")))
            .ToArray();
        if (each is [var (host, port)])
        {
            read.Host = host;
            read.Port = Port(port, 1);
        }
        else
            read.Host = string.Join(
                ',',
                each.Select(
                    (h, i) =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{Bracket(h.h)}:{Port(h.Item2, i + 1)}"
                        )
                )
            );
    }

    private static string Bracket(string host) =>
        host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;

    private static int Port(string text, int number) =>
        text.Length == 0 ? NpgsqlConnection.DefaultPort
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port is > 0 and <= 65_535
            ? port
        : throw new ConnectionSettingException(
            $"has a port that is not a number from 1 to 65535 (host {number})"
        );

    private static void SetSsl(NpgsqlConnectionStringBuilder read, string? mode, string? root)
    {
        if (mode is not null)
            read.SslMode = mode switch
            {
                "disable" => SslMode.Disable,
                "allow" => SslMode.Allow,
                "prefer" => SslMode.Prefer,
                "require" => SslMode.Require,
                "verify-ca" => SslMode.VerifyCA,
                "verify-full" => SslMode.VerifyFull,
                _ => throw new ConnectionSettingException(
                    "has an sslmode that is none of disable, allow, prefer, require, verify-ca, verify-full"
                ),
            };
        if (root is null)
            return;
        // As libpq: the system's authorities with the strictest check; and a root certificate makes "require" a check.
        if (root == "system")
            read.SslMode = SslMode.VerifyFull;
        else
        {
            read.RootCertificate = root;
            if (read.SslMode == SslMode.Require)
                read.SslMode = SslMode.VerifyCA;
        }
    }

    private static ConnectionSettingException NotTaken(string key) =>
        new($"has a value for {key} that it does not take here");
}
