using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>Which events a webhook posts once more.</summary>
internal sealed record ReplayRequest
{
    /// <summary>NAMESPACE/NAME of the session that they are of; all of the webhook if left out.</summary>
    public string? Session { get; init; }

    /// <summary>Those that happened at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Those that happened before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>all, the default, or failed: those that were given up.</summary>
    public string? Only { get; init; }
}

/// <summary>What a webhook posts once more, as pods reported it.</summary>
internal sealed record ReplayShown
{
    /// <summary>Its number among those of the webhook.</summary>
    public required long Number { get; init; }

    /// <summary>Running, Done or Cancelled.</summary>
    public required string State { get; init; }

    /// <summary>The session that it is of; left out where it is of several, or the session is gone.</summary>
    public string? Session { get; init; }

    /// <summary>Events from this time on.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>And before this one.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>all or failed.</summary>
    public required string Only { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Of how many sessions it is. Those of which a later replay is do not count any more.</summary>
    public required long Sessions { get; init; }

    /// <summary>How many of them are done.</summary>
    public required long Done { get; init; }

    /// <summary>Events that the endpoint took.</summary>
    public required long Posted { get; init; }

    /// <summary>Events that it refused; they are not tried again by it.</summary>
    public required long Refused { get; init; }

    /// <summary>When it came to its end.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>What is shown of a row.</summary>
    public static ReplayShown Of(TenantReplay row) =>
        new()
        {
            Number = row.Number,
            State =
                row.DoneAt is null ? "Running"
                : row.Cancelled ? "Cancelled"
                : "Done",
            Session = row.Span.Session?.ToString(),
            From = row.Span.From,
            To = row.Span.To,
            Only = row.Span.Failed ? ReplayQuery.Failed : ReplayQuery.All,
            AskedAt = row.AskedAt,
            Sessions = row.Sessions,
            Done = row.Done,
            Posted = row.Posted,
            Refused = row.Refused,
            DoneAt = row.DoneAt,
        };
}

/// <summary>The newest replays of a webhook.</summary>
/// <param name="Data">The replays, the newest first.</param>
internal sealed record ReplayList(IReadOnlyList<ReplayShown> Data);

/// <summary>A replay that was begun.</summary>
/// <param name="Number">Its number among those of the webhook.</param>
/// <param name="Sessions">Of how many sessions it is: those of which the webhook has posted something.</param>
internal sealed record ReplayBegun(long Number, long Sessions);

/// <summary>What was ended.</summary>
/// <param name="Sessions">In how many sessions a replay was not done.</param>
internal sealed record ReplayCancelled(long Sessions);
