using System.Globalization;

namespace WaOperator.WhatsApp;

/// <summary>The server refused a query.</summary>
public sealed class QueryRefusedException : Exception
{
    internal QueryRefusedException(string what, int? code, string? text)
        : base(
            $"The server refused {what}: {code?.ToString(CultureInfo.InvariantCulture) ?? "no code"} {text}".TrimEnd()
        ) => Code = code;

    /// <summary>The server's code, where it gave one: 401 and 403 not allowed, 404 no such thing, 429 too often.</summary>
    public int? Code { get; }
}
