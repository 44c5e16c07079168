namespace WaOperator.SessionPod.Broadcasts;

/// <summary>The hours of a day in which a broadcast writes to people, by the clocks of a time zone. Pure.</summary>
/// <param name="From">When it opens.</param>
/// <param name="To">When it closes; before <paramref name="From"/>: on the next day.</param>
/// <param name="Zone">Whose clocks count, those that are put forward and back included.</param>
internal sealed record SendWindow(TimeOnly From, TimeOnly To, TimeZoneInfo Zone)
{
    /// <summary>A time if the window is open then, else when it opens next.</summary>
    public DateTimeOffset NextOpen(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, Zone);
        // Open from the one up to the other, past midnight too.
        if (TimeOnly.FromTimeSpan(local.TimeOfDay).IsBetween(From, To))
            return time;
        var day = DateOnly.FromDateTime(local.DateTime);
        for (var ahead = 0; ; ahead++)
            if (Opening(day.AddDays(ahead), time) is { } opening)
                return opening;
    }

    /// <summary>When it opens on a day, not before a time; null: it opened before that.</summary>
    private DateTimeOffset? Opening(DateOnly day, DateTimeOffset notBefore)
    {
        var local = day.ToDateTime(From);
        // Clocks that are put forward skip it: it opens when they go again.
        while (Zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        // Clocks that are put back show it twice.
        var offsets = Zone.IsAmbiguousTime(local)
            ? Zone.GetAmbiguousTimeOffsets(local)
            : [Zone.GetUtcOffset(local)];
        foreach (var offset in offsets.OrderDescending())
            if (new DateTimeOffset(local, offset) is var opening && opening >= notBefore)
                return opening.ToUniversalTime();
        return null;
    }
}
