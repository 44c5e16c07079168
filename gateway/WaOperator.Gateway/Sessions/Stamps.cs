using System.Globalization;

namespace WaOperator.Gateway.Sessions;

/// <summary>Times as annotations of a session have them.</summary>
internal static class Stamps
{
    /// <summary>RFC 3339, in milliseconds.</summary>
    public static string ToStamp(this DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A stamp that is later than the one before, whatever clock that was made by. Pure.</summary>
    /// <param name="now">The present.</param>
    /// <param name="before">The one before; null for none.</param>
    public static string After(DateTimeOffset now, string? before) =>
        DateTimeOffset.TryParse(
            before,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var last
        )
        && last >= now
        && last.Year < 9000
            ? last.AddMilliseconds(1).ToStamp()
            : now.ToStamp();
}
