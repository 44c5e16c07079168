using System.Globalization;
using StackExchange.Redis;
using WaOperator.Store.Connecting;

namespace WaOperator.Signals;

/// <summary>redis://user:password@host:port/database?option=value, percent-encoded.</summary>
internal static class RedisUrl
{
    internal const string Reserved =
        "in a user's name or password of a URL, write @ as %40, / as %2F, ? as %3F, : as %3A and % as %25";

    /// <summary>Null: it is no URL of Redis.</summary>
    /// <exception cref="ConnectionSettingException">See <see cref="RedisDsn"/>.</exception>
    public static ConfigurationOptions? TryRead(string text)
    {
        var tls = text.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase);
        if (!tls && !text.StartsWith("redis://", StringComparison.OrdinalIgnoreCase))
            return null;
        var rest = text[(tls ? "rediss://" : "redis://").Length..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        var tail = end < 0 ? "" : rest[end..];
        if (tail.Contains('@', StringComparison.Ordinal))
            throw new ConnectionSettingException(
                $"is a URL with an @ behind its first / or ?; {Reserved}"
            );
        var query = tail.IndexOf('?', StringComparison.Ordinal);
        var path = (query < 0 ? tail : tail[..query]).Trim('/');
        var read = RedisDsn.Parse(query < 0 ? [] : Parameters(tail[(query + 1)..]));
        if (tls)
            read.Ssl = true;
        if (path.Length > 0)
            read.DefaultDatabase = int.TryParse(
                path,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var database
            )
                ? database
                : throw new ConnectionSettingException(
                    "is a URL whose database is not a number, 0 or more"
                );
        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var colon = authority.IndexOf(':', StringComparison.Ordinal);
            var hasPassword = colon >= 0 && colon < at;
            var user = Percent.Decode(authority[..(hasPassword ? colon : at)], "user");
            if (user.Length > 0)
                read.User = user;
            if (hasPassword)
                read.Password = Percent.Decode(authority[(colon + 1)..at], "password");
        }
        var number = 0;
        foreach (var host in authority[(at + 1)..].Split(','))
            RedisDsn.Add(read, host, $"host {++number}");
        return read;
    }

    private static IEnumerable<Setting> Parameters(string text)
    {
        var number = 0;
        foreach (var one in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var where = $"parameter {++number} of the URL";
            var equals = one.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new ConnectionSettingException(
                    $"is a URL with a parameter that is not key=value (parameter {number}); {Reserved}"
                );
            yield return new(
                Name(Percent.Decode(one[..equals], where)),
                Percent.Decode(one[(equals + 1)..], where),
                where
            );
        }
    }

    /// <summary>Other libraries' names of the same.</summary>
    private static string Name(string key) =>
        key switch
        {
            "db" => "defaultDatabase",
            "username" => "user",
            "service" or "master" or "master_name" or "sentinelMasterId" => "serviceName",
            _ => key,
        };
}
