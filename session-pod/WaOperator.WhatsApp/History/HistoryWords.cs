using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.History;

/// <summary>What a part of the history has, with what an earlier connection took of it.</summary>
internal sealed class HistoryCounts
{
    public int Chats { get; private set; }

    public int Messages { get; private set; }

    public int Names { get; private set; }

    public void Add(HistoryItem item)
    {
        switch (item)
        {
            case HistoryItem.Chat:
                Chats++;
                break;
            case HistoryItem.Message:
                Messages++;
                break;
            case HistoryItem.Name:
                Names++;
                break;
        }
    }
}

/// <summary>What is told of parts of the history. Pure.</summary>
internal static class HistoryWords
{
    /// <summary>Why a part is left out that came when <see cref="HistoryDue.IsFull"/>.</summary>
    public static string NoRoom { get; } =
        $"{HistoryDue.Most} parts wait already, more than a phone gives; link the session again if messages are missing.";

    /// <summary>A part is complete, or lost.</summary>
    /// <param name="announced">The phone's word.</param>
    /// <param name="counts">What it had.</param>
    /// <param name="error">Why it is lost; null: it is not.</param>
    public static HistorySynced Told(
        HistorySyncNotification announced,
        HistoryCounts counts,
        string? error
    ) =>
        new()
        {
            Part = Name((HistoryPart)announced.SyncType),
            Progress = (int)Math.Min(announced.Progress, 100),
            Chunk = (int)Math.Min(announced.ChunkOrder, int.MaxValue),
            Chats = counts.Chats,
            Messages = counts.Messages,
            Names = counts.Names,
            Request = Request(announced),
            Error = error,
        };

    /// <summary>A part is lost of which no more is known.</summary>
    public static HistorySynced Lost(HistoryPart part, string error) =>
        new() { Part = Name(part), Error = error };

    /// <summary>The request that a part answers; null: none.</summary>
    public static string? Request(HistorySyncNotification announced) =>
        announced.PeerDataRequestSessionId is { Length: > 0 and <= 128 } id ? id : null;

    private static string Name(HistoryPart part) =>
        part switch
        {
            HistoryPart.Bootstrap => "bootstrap",
            HistoryPart.Full => "full",
            HistoryPart.Recent => "recent",
            HistoryPart.PushNames => "pushNames",
            _ => "onDemand",
        };
}
