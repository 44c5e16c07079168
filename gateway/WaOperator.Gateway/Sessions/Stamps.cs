using System.Globalization;

namespace WaOperator.Gateway.Sessions;

/// <summary>Times as annotations of a session have them.</summary>
internal static class Stamps
{
    /// <summary>RFC 3339, in milliseconds.</summary>
    public static string ToStamp(this DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
