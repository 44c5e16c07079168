using System.Text;
using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>Npgsql's own form: Key=Value;Key=Value, values in quotes where they contain ';'.</summary>
internal static class NpgsqlPairs
{
    private static readonly string[] Names =
    [
        "Host",
        "Port",
        "Database",
        "Username",
        "Password",
        "SSL Mode",
        "Root Certificate",
        "SSL Certificate",
        "SSL Key",
        "SSL Password",
        "Maximum Pool Size",
        "Minimum Pool Size",
        "Timeout",
        "Command Timeout",
        "Application Name",
        "Target Session Attributes",
        "Options",
        "Passfile",
        "Pooling",
        "Keepalive",
        "Trust Server Certificate",
        "Channel Binding",
        "Server",
        "User Id",
    ];

    /// <exception cref="ConnectionSettingException">See <see cref="PostgresDsn"/>.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && !text.AsSpan(0, scheme).Contains('='))
            throw new ConnectionSettingException(
                "is a URI of another kind; PostgreSQL's begin with postgresql:// or postgres://"
            );
        var read = new NpgsqlConnectionStringBuilder();
        foreach (var setting in Split(text))
            Set(read, setting, Names);
        return read;
    }

    /// <summary>Sets one value by a key of Npgsql's.</summary>
    public static void Set(
        NpgsqlConnectionStringBuilder read,
        Setting setting,
        IReadOnlyCollection<string> names
    )
    {
        if (!read.ContainsKey(setting.Key))
            throw Unknown(setting, names);
        try
        {
            read[setting.Key] = setting.Value;
        }
        catch (ArgumentException)
        {
            // Its text holds the value. The key is one that is known, so it may be named.
            throw new ConnectionSettingException(
                $"has a value for {setting.Key} that it does not take"
            );
        }
    }

    /// <summary>A key that is not known is not named either: it may be the rest of a password.</summary>
    public static ConnectionSettingException Unknown(
        Setting setting,
        IReadOnlyCollection<string> names
    ) =>
        new(
            Nearest.To(setting.Key, names) is { } nearest
                ? $"has a key that is not known ({setting.Where}); did you mean {nearest}?"
                : $"has a key that is not known ({setting.Where})"
        );

    private static IEnumerable<Setting> Split(string text)
    {
        var at = 0;
        string? before = null;
        for (var number = 1; at < text.Length; number++)
        {
            var where = before is null
                ? $"setting {number}"
                : $"setting {number}, after {before}; a value that contains ; must be in quotes: Password='...'";
            var begin = at;
            while (at < text.Length && text[at] is not ('=' or ';'))
                at++;
            var key = text[begin..at].Trim();
            if (at < text.Length && text[at] == '=')
            {
                at++;
                var value = Value(text, ref at, where);
                yield return new Setting(key, value, where);
                before = key;
            }
            else if (key.Length > 0)
                throw new ConnectionSettingException($"has a key without a value ({where})");
            // Over the ';'.
            at++;
        }
    }

    private static string Value(string text, ref int at, string where)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        if (at == text.Length || text[at] is not ('\'' or '"'))
        {
            var begin = at;
            while (at < text.Length && text[at] != ';')
                at++;
            return text[begin..at].TrimEnd();
        }
        var quote = text[at++];
        var value = new StringBuilder();
        while (true)
        {
            if (at == text.Length)
                throw new ConnectionSettingException($"has a quote that is not closed ({where})");
            if (text[at] == quote && at + 1 < text.Length && text[at + 1] == quote)
                at++;
            else if (text[at] == quote)
                break;
            value.Append(text[at++]);
        }
        at++;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        if (at < text.Length && text[at] != ';')
            throw new ConnectionSettingException(
                $"has something between a closing quote and the next ; ({where}); a quote within a value is written twice"
            );
        return value.ToString();
    }
}
