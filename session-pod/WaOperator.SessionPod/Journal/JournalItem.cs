using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Journal;

/// <summary>A part of a session's journal.</summary>
/// <param name="Seq">The cursor of a reader that is done with it: the number of the last event that it covers.</param>
internal abstract record JournalItem(long Seq);

/// <summary>An event that is durable.</summary>
/// <param name="Seq">The session's own number, from 1 without gaps.</param>
/// <param name="Event">What happened.</param>
internal sealed record JournalEvent(long Seq, SessionEvent Event) : JournalItem(Seq);

/// <summary>Something that is stored nowhere.</summary>
/// <param name="Seq">That of the item before it: it moves no cursor.</param>
/// <param name="Event">What happened.</param>
internal sealed record JournalPassing(long Seq, PassingEvent Event) : JournalItem(Seq);

/// <summary>Events that the retention has removed.</summary>
/// <param name="From">The number of the first one.</param>
/// <param name="To">The number of the last one.</param>
internal sealed record JournalGap(long From, long To) : JournalItem(To);
