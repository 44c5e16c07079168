using System.Globalization;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Broadcasts;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>Reads how fast a broadcast is to be and when it stops by itself; notes all that is wrong. Pure.</summary>
internal static class PacingReader
{
    private const int MaxPerMinute = 100;
    private const double MaxJitter = 0.9;
    private const int MaxRampDays = 30;

    /// <summary>Reads how fast it is.</summary>
    public static Pacing Read(PacingBody body, Faults faults)
    {
        if (body.PerMinute is < 1 or > MaxPerMinute)
            faults.Add("#/pacing/perMinute", $"it must be from 1 to {MaxPerMinute}");
        if (body.Jitter is not (null or (>= 0 and <= MaxJitter)))
            faults.Add("#/pacing/jitter", "it must be from 0 to 0.9");
        if (body.RampDays is < 0 or > MaxRampDays)
            faults.Add("#/pacing/rampDays", $"it must be from 0 to {MaxRampDays}");
        return new(
            body.PerMinute ?? Pacing.DefaultPerMinute,
            body.Jitter ?? Pacing.DefaultJitter,
            body.Window is { } window ? ReadWindow(window, faults) : null,
            body.RampDays ?? 0
        );
    }

    private static SendWindow? ReadWindow(WindowBody body, Faults faults)
    {
        var from = ReadClock(body.From, "#/pacing/window/from", faults);
        var to = ReadClock(body.To, "#/pacing/window/to", faults);
        if (from is not null && from == to)
            faults.Add("#/pacing/window/to", "it is the same as \"from\": the window never opens");
        // Only names that are the same everywhere.
        if (
            body.Tz is null
            || !TimeZoneInfo.TryFindSystemTimeZoneById(body.Tz, out var zone)
            || !zone.HasIanaId
        )
        {
            faults.Add(
                "#/pacing/window/tz",
                "it must be the IANA name of a time zone, such as Europe/Berlin"
            );
            return null;
        }
        return from is { } open && to is { } close ? new(open, close, zone) : null;
    }

    private static TimeOnly? ReadClock(string? text, string pointer, Faults faults)
    {
        if (
            TimeOnly.TryParseExact(
                text,
                BroadcastCodec.Clock,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var time
            )
        )
            return time;
        faults.Add(pointer, "it must be a time of day, such as 09:00");
        return null;
    }

    /// <summary>Reads when it stops.</summary>
    public static StopOn Read(StopOnBody body, Faults faults)
    {
        if (body.FailedPercent is < 1 or > 100)
            faults.Add("#/stopOn/failedPercent", "it must be from 1 to 100");
        return new(body.FailedPercent ?? StopOn.DefaultFailedPercent, body.Timelocked ?? true);
    }
}
