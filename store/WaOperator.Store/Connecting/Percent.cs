namespace WaOperator.Store.Connecting;

/// <summary>Percent-encoding of URLs.</summary>
internal static class Percent
{
    /// <exception cref="ConnectionSettingException">A % is not followed by two hex digits, or is a NUL.</exception>
    public static string Decode(string text, string where)
    {
        for (
            var i = text.IndexOf('%', StringComparison.Ordinal);
            i >= 0;
            i = text.IndexOf('%', i + 1)
        )
            if (
                i + 2 >= text.Length
                || !char.IsAsciiHexDigit(text[i + 1])
                || !char.IsAsciiHexDigit(text[i + 2])
                || text.AsSpan(i + 1, 2) is "00"
            )
                throw new ConnectionSettingException(
                    $"is a URI with a % that two hex digits do not follow ({where}); write % as %25"
                );
        return Uri.UnescapeDataString(text);
    }
}
