using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Chats;

/// <summary>What parts of the past say of how much of it a phone has given. Pure.</summary>
internal static class PastParts
{
    /// <summary>The progress of parts that are complete now.</summary>
    public static PastProgress ProgressOf(IEnumerable<HistorySynced> parts) =>
        parts
            .Where(part => part.Request is null)
            .Aggregate(PastProgress.None, (sum, part) => sum.With(Of(part)));

    private static PastProgress Of(HistorySynced part) =>
        part switch
        {
            { Error: not null } => new(0, null, 1),
            { Part: "full" } => new(0, Math.Clamp(part.Progress, 0, 100), 0),
            { Part: "recent" } => new(Math.Clamp(part.Progress, 0, 100), null, 0),
            _ => new(0, null, 0),
        };
}
