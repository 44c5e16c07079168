using System.Text;
using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>libpq's form: host=db user=wa password='a b' dbname=wa.</summary>
internal static class LibpqPairs
{
    /// <summary>Null: it is of another form.</summary>
    /// <exception cref="ConnectionSettingException">See <see cref="PostgresDsn"/>.</exception>
    public static NpgsqlConnectionStringBuilder? TryRead(string text)
    {
        if (Split(text) is not { } settings || !IsMeant(text, settings))
            return null;
        var read = new NpgsqlConnectionStringBuilder();
        LibpqKeywords.Apply(read, settings);
        return read;
    }

    // Npgsql's form without spaces is one long value here. One with a space after each ';' is several, each with a ';' at its end.
    private static bool IsMeant(string text, List<Setting> settings) =>
        settings.Count > 1
        && (
            !text.Contains(';', StringComparison.Ordinal)
            || (
                settings.All(s => LibpqKeywords.IsKnown(s.Key))
                && !settings[..^1].TrueForAll(s => s.Value.EndsWith(';'))
            )
        );

    /// <summary>By libpq's rules; null where they do not hold.</summary>
    /// <exception cref="ConnectionSettingException">They hold but for a quote that is not closed.</exception>
    private static List<Setting>? Split(string text)
    {
        var settings = new List<Setting>();
        for (var at = 0; ; )
        {
            Skip(text, ref at);
            if (at == text.Length)
                return settings;
            var begin = at;
            while (at < text.Length && text[at] != '=' && !char.IsWhiteSpace(text[at]))
                at++;
            var key = text[begin..at];
            Skip(text, ref at);
            if (at == text.Length || text[at] != '=' || key.Length == 0)
                return null;
            at++;
            Skip(text, ref at);
            if (Value(text, ref at) is not { } value)
                // In Npgsql's form a backslash is no escape, so what looks like that form is left to it.
                return
                    !LibpqKeywords.IsKnown(key)
                    || !settings.TrueForAll(s => LibpqKeywords.IsKnown(s.Key))
                    || (
                        text.Contains(';', StringComparison.Ordinal)
                        && settings.TrueForAll(s => s.Value.EndsWith(';'))
                    )
                    ? null
                    : throw new ConnectionSettingException(
                        $"has a quote that is not closed (keyword {settings.Count + 1}); a quote within a value in quotes is written \\'"
                    );
            settings.Add(new(key, value, $"keyword {settings.Count + 1}"));
        }
    }

    private static string? Value(string text, ref int at)
    {
        var quoted = at < text.Length && text[at] == '\'';
        if (quoted)
            at++;
        var value = new StringBuilder();
        while (at < text.Length)
        {
            if (quoted ? text[at] == '\'' : char.IsWhiteSpace(text[at]))
                break;
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at++]);
        }
        if (!quoted)
            return value.ToString();
        if (at == text.Length)
            return null;
        at++;
        return value.ToString();
    }

    private static void Skip(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
    }
}
