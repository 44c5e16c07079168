using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;
using WaOperator.Store.Connecting;

namespace WaOperator.Signals;

/// <summary>
/// Reads how to reach Redis: a URL (redis://user:password@host:port/database?option=value, rediss:// for TLS, several hosts with
/// commas) or the form of StackExchange.Redis (host:port,user=...,password=...,ssl=true). Options are those of
/// https://stackexchange.github.io/StackExchange.Redis/Configuration, serviceName among them, for Sentinel.
/// </summary>
public static class RedisDsn
{
    private const int UsualPort = 6379;
    private const int SentinelPort = 26379;
    private static readonly ConfigurationOptions Unset = new();

    private static readonly string[] Options =
    [
        "abortConnect",
        "allowAdmin",
        "asyncTimeout",
        "channelPrefix",
        "checkCertificateRevocation",
        "connectRetry",
        "connectTimeout",
        "configChannel",
        "configCheckSeconds",
        "defaultDatabase",
        "keepAlive",
        "name",
        "password",
        "user",
        "proxy",
        "resolveDns",
        "serviceName",
        "ssl",
        "sslHost",
        "sslProtocols",
        "syncTimeout",
        "tiebreaker",
        "version",
        "tunnel",
        "setlib",
        "protocol",
        "highIntegrity",
    ];

    /// <summary>Reads one.</summary>
    /// <param name="text">The setting.</param>
    /// <param name="caFile">Certificate authorities (PEM) that are trusted in place of the system's; null for the system's.</param>
    /// <exception cref="ConnectionSettingException">It cannot be read.</exception>
    public static ConfigurationOptions Read(string text, string? caFile = null)
    {
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
            throw new ConnectionSettingException("is empty");
        var read = RedisUrl.TryRead(trimmed) ?? ReadList(trimmed);
        if (read.EndPoints.Count == 0)
            throw new ConnectionSettingException("names no host");
        // Hints are late when Redis is away; nothing else is.
        read.ConnectTimeout = Math.Min(read.ConnectTimeout, 2_000);
        read.ConnectRetry = 1;
        read.AbortOnConnectFail = true;
        read.IncludeDetailInExceptions = false;
        read.IncludePerformanceCountersInExceptions = false;
        // The library's own channel and key are not needed here, and a user would need rights to them.
        if (read.ConfigurationChannel == Unset.ConfigurationChannel)
            read.ConfigurationChannel = "";
        if (read.TieBreaker == Unset.TieBreaker)
            read.TieBreaker = "";
        if (caFile is not null)
            Trust(read, caFile);
        return read;
    }

    /// <summary>What is wrong with it, for people; null for nothing.</summary>
    public static string? Fault(string text, string? caFile = null)
    {
        try
        {
            Read(text, caFile);
            return null;
        }
        catch (ConnectionSettingException e)
        {
            return e.Message;
        }
    }

    /// <summary>Sets options by their names in StackExchange.Redis.</summary>
    internal static ConfigurationOptions Parse(IEnumerable<Setting> settings)
    {
        var pairs = new List<string>();
        foreach (var setting in settings)
        {
            if (!Options.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
                throw NpgsqlPairs.Unknown(setting, Options);
            if (setting.Value.Contains(',', StringComparison.Ordinal))
                throw new ConnectionSettingException($"has a , in the value of {setting.Key}");
            pairs.Add($"{setting.Key}={setting.Value}");
        }
        if (pairs.Count == 0)
            return new ConfigurationOptions();
        try
        {
            return ConfigurationOptions.Parse(string.Join(',', pairs), ignoreUnknown: false);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Its text holds what was read.
            throw new ConnectionSettingException(
                "has an option with a value that it does not take"
            );
        }
    }

    /// <summary>Adds a host and port.</summary>
    internal static void Add(ConfigurationOptions read, string text, string where)
    {
        var bracket = text.IndexOf(']', StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        var plain =
            colon < 0
            || colon < bracket
            || (bracket < 0 && text.IndexOf(':', StringComparison.Ordinal) != colon);
        var host = (plain ? text : text[..colon]).Trim('[', ']');
        var port = read.ServiceName is null ? UsualPort : SentinelPort;
        if (
            !plain
            && !(
                int.TryParse(
                    text[(colon + 1)..],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out port
                ) && port is > 0 and <= 65_535
            )
        )
            throw new ConnectionSettingException(
                $"has a port that is not a number from 1 to 65535 ({where}); {RedisUrl.Reserved}"
            );
        if (
            host.Length == 0
            || host.Any(c =>
                !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or ':' or '%')
            )
        )
            throw new ConnectionSettingException(
                $"has a host that is not a host name ({where}); {RedisUrl.Reserved}"
            );
        read.EndPoints.Add(
            IPAddress.TryParse(host, out var address)
                ? new IPEndPoint(address, port)
                : new DnsEndPoint(host, port)
        );
    }

    private static ConfigurationOptions ReadList(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
            throw new ConnectionSettingException(
                "is a URL of another kind; Redis' begin with redis:// or rediss://"
            );
        var hosts = new List<(string Text, string Where)>();
        var settings = new List<Setting>();
        foreach (var part in text.Split(',').Select(p => p.Trim()))
        {
            var where = $"part {hosts.Count + settings.Count + 1}";
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (part.Length == 0)
                continue;
            if (equals > 0)
                settings.Add(new(part[..equals].Trim(), part[(equals + 1)..].Trim(), where));
            else if (settings.Count > 0)
                throw new ConnectionSettingException(
                    $"has a host behind an option ({where}); a password with a comma can be given in a URL, as %2C"
                );
            else
                hosts.Add((part, where));
        }
        var read = Parse(settings);
        foreach (var (host, where) in hosts)
            Add(read, host, where);
        return read;
    }

    private static void Trust(ConfigurationOptions read, string file)
    {
        var trusted = Authorities(file);
        read.Ssl = true;
        // Read again for each connection: authorities are renewed while the program runs.
        read.SslClientAuthenticationOptions = host => new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = Policy(trusted = Renewed(file) ?? trusted),
        };
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConnectionSettingException($"has a CaFile that cannot be read: {e.Message}");
        }
        return authorities.Count > 0
            ? authorities
            : throw new ConnectionSettingException("has a CaFile without a certificate (PEM)");
    }

    /// <summary>Null while the file cannot be used: what was read before counts then.</summary>
    private static X509Certificate2Collection? Renewed(string file)
    {
        try
        {
            return Authorities(file);
        }
        catch (ConnectionSettingException)
        {
            return null;
        }
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
