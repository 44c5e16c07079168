using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>
/// Reads how to reach PostgreSQL in any of the forms in which it is handed around: a URI (postgresql://, as CloudNativePG and other
/// operators write), keyword=value pairs (both as libpq takes them, https://www.postgresql.org/docs/current/libpq-connect.html), and
/// Npgsql's Key=Value;Key=Value.
/// </summary>
public static class PostgresDsn
{
    /// <summary>Fewer connections would make loops wait for each other.</summary>
    public const int LeastPool = 2;

    /// <summary>Reads one.</summary>
    /// <exception cref="ConnectionSettingException">It cannot be read, or asks for what cannot be had here.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
            throw new ConnectionSettingException("is empty");
        if (trimmed.Contains('\0', StringComparison.Ordinal))
            throw new ConnectionSettingException("has a NUL character in it");
        try
        {
            var read =
                PostgresUri.TryRead(trimmed)
                ?? LibpqPairs.TryRead(trimmed)
                ?? NpgsqlPairs.Read(trimmed);
            Check(read);
            return read;
        }
        catch (ArgumentException)
        {
            // Npgsql's text holds what was read.
            throw new ConnectionSettingException("has a value that it does not take");
        }
    }

    /// <summary>What is wrong with it, for people; null for nothing.</summary>
    public static string? Fault(string text)
    {
        try
        {
            Read(text);
            return null;
        }
        catch (ConnectionSettingException e)
        {
            return e.Message;
        }
    }

    private static void Check(NpgsqlConnectionStringBuilder read)
    {
        if (string.IsNullOrEmpty(read.Host))
            throw new ConnectionSettingException("names no host");
        if (read.Host.IndexOfAny(['@', ' ', '?', '#', ';', '=', '\'', '"']) >= 0)
            throw new ConnectionSettingException(
                "has a character in its host that no host name can have; a URI must not follow Host="
            );
        if (string.IsNullOrEmpty(read.Username))
            throw new ConnectionSettingException("names no user");
        if (read.Multiplexing)
            throw new ConnectionSettingException("asks for Multiplexing, which is not supported");
        if (MaxPool(read) < LeastPool)
            throw new ConnectionSettingException(
                $"has a Maximum Pool Size below {LeastPool}; leave it out for the usual"
            );
        if (read.MinPoolSize > 0 && read.MinPoolSize > read.MaxPoolSize)
            throw new ConnectionSettingException(
                "has a Minimum Pool Size above its Maximum Pool Size"
            );
        foreach (
            var (file, what) in new[]
            {
                (read.RootCertificate, "the root certificate"),
                (read.SslCertificate, "the client certificate"),
                (read.SslKey, "the client key"),
                (read.Passfile, "the password file"),
            }
        )
            if (file is { Length: > 0 } && !File.Exists(file))
                throw new ConnectionSettingException($"names a file for {what} that is not there");
        // Several hosts are one primary and its standbys: only the primary serves.
        if (
            read.Host.Contains(',', StringComparison.Ordinal)
            && read.TargetSessionAttributes is null
        )
            read.TargetSessionAttributes = "primary";
    }

    /// <summary>The pool's size that the administrator asks for; null for none.</summary>
    internal static int? MaxPool(NpgsqlConnectionStringBuilder read) =>
        IsSet(read, "Maximum Pool Size") ? read.MaxPoolSize : null;

    /// <summary>Whether a setting stands there, be it with its default.</summary>
    internal static bool IsSet(NpgsqlConnectionStringBuilder read, string name) =>
        read.Keys.Cast<string>().Contains(name, StringComparer.OrdinalIgnoreCase);
}
