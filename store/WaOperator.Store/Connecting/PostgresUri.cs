using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>
/// postgresql://user:password@host:port,host:port/database?parameter=value, percent-encoded,
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS.
/// </summary>
internal static class PostgresUri
{
    private const string Reserved =
        "in a user's name or password, write @ as %40, / as %2F, ? as %3F, : as %3A and % as %25";

    /// <summary>Null: it is no URI of PostgreSQL.</summary>
    /// <exception cref="ConnectionSettingException">See <see cref="PostgresDsn"/>.</exception>
    public static NpgsqlConnectionStringBuilder? TryRead(string text)
    {
        if ((Rest(text, "postgresql://") ?? Rest(text, "postgres://")) is not { } rest)
            return null;
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        var tail = end < 0 ? "" : rest[end..];
        if (tail.Split('?')[0].Contains('@', StringComparison.Ordinal) || LateAt(tail))
            throw new ConnectionSettingException(
                $"is a URI with an @ behind its first / or ?; {Reserved}"
            );
        var settings = new List<Setting>();
        // The last @: a host has none, so that a password may have it plain.
        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var colon = authority.IndexOf(':', StringComparison.Ordinal);
            var hasPassword = colon >= 0 && colon < at;
            settings.Add(
                new("user", Percent.Decode(authority[..(hasPassword ? colon : at)], "user"), "user")
            );
            if (hasPassword)
                settings.Add(
                    new(
                        "password",
                        Percent.Decode(authority[(colon + 1)..at], "password"),
                        "password"
                    )
                );
        }
        AddHosts(settings, authority[(at + 1)..]);
        var query = tail.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? tail : tail[..query];
        if (path.Length > 1)
            settings.Add(new("dbname", Percent.Decode(path[1..], "database"), "database"));
        if (query >= 0)
            AddParameters(settings, tail[(query + 1)..]);
        var read = new NpgsqlConnectionStringBuilder();
        LibpqKeywords.Apply(read, settings.Where(s => s.Value.Length > 0 || s.Key == "port"));
        return read;
    }

    private static string? Rest(string text, string scheme) =>
        text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? text[scheme.Length..] : null;

    // A plain ? in a password makes the rest of it and the host look like parameters.
    private static bool LateAt(string tail)
    {
        var query = tail.IndexOf('?', StringComparison.Ordinal);
        return query >= 0
            && tail[(query + 1)..].Split('&')[0] is var first
            && first.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at
            && !first[..at].Contains('=', StringComparison.Ordinal);
    }

    private static void AddHosts(List<Setting> settings, string text)
    {
        if (text.Length == 0)
            return;
        var hosts = new List<string>();
        var ports = new List<string>();
        foreach (var one in text.Split(','))
        {
            var number = hosts.Count + 1;
            var bracket = one.IndexOf(']', StringComparison.Ordinal);
            var isV6 = one.StartsWith('[');
            if (isV6 && bracket < 0)
                throw new ConnectionSettingException(
                    $"is a URI with a [ that is not closed (host {number})"
                );
            var colon = one.IndexOf(':', isV6 ? bracket : 0);
            if (isV6 && bracket + 1 != (colon < 0 ? one.Length : colon))
                throw new ConnectionSettingException(
                    $"is a URI with something behind the ] of an address (host {number})"
                );
            var host = isV6 ? one[1..bracket] : one[..(colon < 0 ? one.Length : colon)];
            hosts.Add(Percent.Decode(host, $"host {number}"));
            var port = colon < 0 ? "" : one[(colon + 1)..];
            if (port.Any(c => !char.IsAsciiDigit(c)))
                throw new ConnectionSettingException(
                    $"is a URI whose port is not a number (host {number}); {Reserved}"
                );
            ports.Add(port);
        }
        settings.Add(new("host", string.Join(',', hosts), "host"));
        settings.Add(new("port", string.Join(',', ports), "port"));
    }

    private static void AddParameters(List<Setting> settings, string text)
    {
        var number = 0;
        foreach (var one in text.Split('&'))
        {
            number++;
            var equals = one.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || one.IndexOf('=', equals + 1) >= 0)
                throw new ConnectionSettingException(
                    $"is a URI with a parameter that is not key=value (parameter {number}); {Reserved}"
                );
            var where = $"parameter {number} of the URI";
            var (key, value) = (
                Percent.Decode(one[..equals], where),
                Percent.Decode(one[(equals + 1)..], where)
            );
            settings.RemoveAll(s => s.Key == key);
            settings.Add(new(key, value, where));
        }
    }
}
