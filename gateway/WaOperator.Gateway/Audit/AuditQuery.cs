using System.Buffers.Text;
using System.Globalization;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Audit;

/// <summary>Which calls a client asks for.</summary>
/// <param name="Limit">How many entries at most.</param>
/// <param name="Since">Not before this moment.</param>
/// <param name="Until">Before this moment.</param>
/// <param name="Before">Only entries before this one; null from the newest on.</param>
/// <param name="Filter">Which of them.</param>
internal sealed record AuditQuery(
    int Limit,
    DateTimeOffset Since,
    DateTimeOffset Until,
    Guid? Before,
    AuditFilter Filter
)
{
    /// <summary>The longest page.</summary>
    public const int MaxLimit = 500;

    private const int DefaultLimit = 100;
    private const int MaxText = 512;
    private const int CursorLength = 16;

    private static readonly TimeSpan DefaultSpan = TimeSpan.FromDays(1);

    /// <summary>Reads the parameters of a request. Pure.</summary>
    /// <param name="parameters">As they came.</param>
    /// <param name="operations">The operations that can be asked for.</param>
    /// <param name="now">The present.</param>
    /// <param name="query">What is asked for; null for what cannot be read.</param>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? Read(
        IQueryCollection parameters,
        IReadOnlyCollection<string> operations,
        DateTimeOffset now,
        out AuditQuery? query
    )
    {
        query = null;
        // A little into the future: the clocks of gateways differ.
        var read = new AuditQuery(DefaultLimit, default, now.AddMinutes(1), null, new());
        foreach (var (name, values) in parameters)
        {
            if (values is not [{ } value])
                return $"the parameter {SessionQuery.Shown(name)} is given {values.Count} times; give it once";
            if (read.With(name, value, operations, out var wrong) is not { } next)
                return wrong;
            read = next;
        }
        if (!parameters.ContainsKey("since"))
            read = read with { Since = Earlier(read.Until, DefaultSpan) };
        if (read.Since >= read.Until)
            return "since must be before until";
        query = read;
        return null;
    }

    /// <summary>Only entries with a greater id are asked for.</summary>
    public Guid After => AuditLog.IdAt(Since);

    /// <summary>Only entries with a lesser id are asked for.</summary>
    public Guid End => Before is { } before && before < Last ? before : Last;

    private Guid Last => AuditLog.IdAt(Until);

    /// <summary>The cursor of the page that begins behind an entry.</summary>
    public static string Cursor(Guid last) =>
        Base64Url.EncodeToString(last.ToByteArray(bigEndian: true));

    /// <summary>The parameters of the page behind a cursor.</summary>
    public string Next(string cursor)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"?limit={Limit}&after={cursor}&since={Since.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}&until={Until.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}"
        );
        foreach (
            var (name, value) in (ReadOnlySpan<(string, string?)>)
                [
                    ("key", Filter.Who),
                    ("operation", Filter.Operation),
                    ("namespace", Filter.Namespace),
                    ("session", Filter.Session),
                    ("status", Filter.Status?.ToString(CultureInfo.InvariantCulture)),
                ]
        )
            if (value is not null)
                text += $"&{name}={Uri.EscapeDataString(value)}";
        return text;
    }

    private AuditQuery? With(
        string name,
        string value,
        IReadOnlyCollection<string> operations,
        out string? wrong
    )
    {
        wrong = null;
        switch (name)
        {
            case "limit":
                if (ReadNumber(value, 1, MaxLimit) is { } limit)
                    return this with { Limit = limit };
                wrong = $"limit must be a number from 1 to {MaxLimit}";
                return null;
            case "after":
                if (ReadCursor(value) is { } before)
                    return this with { Before = before };
                wrong =
                    "after must be what an earlier page of the same list gave as next, unchanged";
                return null;
            case "since" when ReadTime(value) is { } since:
                return this with { Since = since };
            case "until" when ReadTime(value) is { } until:
                return this with { Until = until };
            case "since" or "until":
                wrong = $"{name} must be a time such as 2026-05-01T12:00:00Z";
                return null;
            case "operation":
                if (value == Operations.Unknown || operations.Contains(value))
                    return this with { Filter = Filter with { Operation = value } };
                wrong =
                    "operation must be an operationId of /openapi/v1.json, such as sendMessage, or unknown";
                return null;
            case "key" when value.Length is > 0 and <= MaxText && !value.Any(char.IsControl):
                return this with { Filter = Filter with { Who = value } };
            case "key":
                wrong = "key must be where the key stands, as Secret/key, or link";
                return null;
            case "status":
                if (ReadNumber(value, 100, 599) is { } status)
                    return this with { Filter = Filter with { Status = status } };
                wrong = "status must be a number from 100 to 599";
                return null;
            case "namespace" when SessionQuery.IsName(value):
                return this with { Filter = Filter with { Namespace = value } };
            case "session" when SessionQuery.IsName(value):
                return this with { Filter = Filter with { Session = value } };
            case "namespace" or "session":
                wrong = $"{name} must be the name of a resource";
                return null;
            default:
                wrong =
                    $"there is no parameter {SessionQuery.Shown(name)}; there are limit, after, since, until, key, operation, namespace, session and status";
                return null;
        }
    }

    private static int? ReadNumber(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= most
            ? number
            : null;

    // Before 1970 there are no ids.
    private static DateTimeOffset? ReadTime(string value) =>
        value.Length <= 40
        && DateTimeOffset.TryParse(
            value,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
        && time >= DateTimeOffset.UnixEpoch
            ? time
            : null;

    private static Guid? ReadCursor(string value)
    {
        Span<byte> bytes = stackalloc byte[CursorLength];
        return
            value.Length == Base64Url.GetEncodedLength(CursorLength)
            && Base64Url.IsValid(value, out var length)
            && length == CursorLength
            && Base64Url.TryDecodeFromChars(value, bytes, out _)
            ? new Guid(bytes, bigEndian: true)
            : null;
    }

    private static DateTimeOffset Earlier(DateTimeOffset time, TimeSpan by) =>
        time - DateTimeOffset.UnixEpoch > by ? time - by : DateTimeOffset.UnixEpoch;
}
