using System.Buffers.Text;
using System.Globalization;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>What all lists share: how long a page is, cursors as clients see them, and where the next page is. Pure.</summary>
internal static class Paging
{
    /// <summary>Entries in a page where none is asked for.</summary>
    public const int DefaultLimit = 50;

    /// <summary>What is said of a cursor that was not given out.</summary>
    public const string WrongCursor = "\"after\" is the \"next\" of another page, as it came";

    private const int MostLimit = 100;

    /// <summary>What is said of a limit that is none.</summary>
    public static string WrongLimit { get; } =
        string.Create(CultureInfo.InvariantCulture, $"\"limit\" is a number from 1 to {MostLimit}");

    /// <summary>What is said of a parameter that is empty or given twice.</summary>
    public static string NotOnce(string name) => $"give \"{name}\" once, and not empty";

    /// <summary>Reads how many entries are asked for, 1 to 100.</summary>
    public static bool TryLimit(string text, out int limit) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
        && limit is >= 1 and <= MostLimit;

    /// <summary>Reads a cursor of that many bytes.</summary>
    public static bool TryCursor(string text, Span<byte> bytes) =>
        Base64Url.IsValid(text)
        && Base64Url.TryDecodeFromChars(text, bytes, out var length)
        && length == bytes.Length;

    /// <summary>Says in the Link header where the next page is, if there is one.</summary>
    /// <returns>The cursor.</returns>
    public static string? Link(HttpContext http, string? next)
    {
        if (next is not null)
            http.Response.Headers.Link =
                $"<{http.Request.Path}{QueryString.Create(http.Request.Query.Where(q => q.Key != "after")).Add("after", next)}>; rel=\"next\"";
        return next;
    }
}
