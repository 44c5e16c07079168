using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Chats;

/// <summary>How much a phone has given of the past that it was asked for. Pure.</summary>
internal static class PastProgress
{
    /// <summary>In percent; null: what happened says nothing of it.</summary>
    /// <param name="asked">The part whose progress counts: what lies further back comes last. Null: nothing was asked for.</param>
    /// <param name="parts">Parts that are complete now.</param>
    public static int? Of(HistoryPart? asked, IEnumerable<HistorySynced> parts) =>
        asked is { } wanted
            ? parts
                .Where(p => p.Request is null)
                .Select(p => (int?)(p.Part == NameOf(wanted) ? Math.Clamp(p.Progress, 0, 100) : 0))
                .Max()
            : null;

    private static string NameOf(HistoryPart part) => part == HistoryPart.Full ? "full" : "recent";
}
