using System.Diagnostics.CodeAnalysis;
using WaOperator.SessionPod.Broadcasts;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>How far a broadcast has come: told when its state changes, and once a minute while it runs.</summary>
internal sealed record BroadcastData
{
    [SetsRequiredMembers]
    internal BroadcastData(BroadcastProgress told)
    {
        Id = told.Id;
        Name = told.Name;
        State = told.State;
        Reason = told.Reason;
        Recipients = told.Recipients;
        Counts = told.Counts;
    }

    /// <summary>The broadcast.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>Running, Paused, Stopped (by itself), Finished or Cancelled.</summary>
    public required string State { get; init; }

    /// <summary>Of one that is Stopped why: Banned, LoggedOut, Timelocked, TooManyFailed or MessageInvalid.</summary>
    public string? Reason { get; init; }

    /// <summary>How many recipients it has.</summary>
    public required int Recipients { get; init; }

    /// <summary>How many of them are in each state.</summary>
    public required ProgressCounts Counts { get; init; }
}
