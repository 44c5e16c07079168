using System.Runtime.CompilerServices;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Journal;

/// <summary>
/// Reads sessions' journals from a cursor on: first what is in the database, then what becomes durable; each event once, in order, and
/// decrypted; and what passes from then on. A slow reader is served from the database and holds nothing up. The cursor belongs to the reader: it is the
/// <see cref="JournalItem.Seq"/> of the last item that it is done with. A reader that works in batches ends a batch when
/// MoveNextAsync does not complete at once: nothing more is at hand then.
/// </summary>
/// <param name="messages">What all sessions share.</param>
/// <param name="runsHere">Whether this pod runs a session.</param>
internal sealed class JournalReader(MessageContext messages, Func<long, bool> runsHere)
{
    private const int Page = 128;

    /// <summary>Reads until the session is no longer run here. While PostgreSQL is away, it waits.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="after">The cursor. One beyond the end waits for the events behind it.</param>
    /// <param name="ct">Ends the reading.</param>
    public async IAsyncEnumerable<JournalItem> ReadAsync(
        long tenant,
        long session,
        long after,
        [EnumeratorCancellation] CancellationToken ct = default
    )
    {
        // Before the database is read: what becomes durable meanwhile waits here.
        var follower = messages.Events.Follow(session);
        try
        {
            // What ended before that does not end the follower.
            if (!runsHere(session))
                yield break;
            var cursor = after;
            var behind = true;
            while (behind || await follower.WaitAsync(ct))
            {
                if (behind)
                    await foreach (var item in ReplayAsync(tenant, session, cursor, ct))
                    {
                        cursor = item.Seq;
                        yield return item;
                    }
                while (follower.TryTake(out var next))
                {
                    if (next is JournalPassing passing)
                    {
                        yield return passing with
                        {
                            Seq = cursor,
                        };
                        continue;
                    }
                    var entry = (JournalEvent)next;
                    // Some before it were left out.
                    if (entry.Seq - 1 > cursor)
                        await foreach (var item in ReplayAsync(tenant, session, cursor, ct))
                        {
                            cursor = item.Seq;
                            yield return item;
                        }
                    // Else it was read from the database already.
                    if (entry.Seq > cursor)
                    {
                        cursor = entry.Seq;
                        yield return entry;
                    }
                }
                behind = follower.TakeMissed();
            }
        }
        finally
        {
            messages.Events.Leave(follower);
        }
    }

    /// <summary>The number of a session's last event, pruned or not; 0 before the first.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public Task<long> LastAsync(long session, CancellationToken ct) =>
        messages.Stored.LastEventAsync(session, ct);

    /// <summary>What is in the database behind a cursor.</summary>
    private async IAsyncEnumerable<JournalItem> ReplayAsync(
        long tenant,
        long session,
        long cursor,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var pruned = await messages.ReadAsync(c => messages.Stored.PrunedAsync(session, c), ct);
        if (cursor < pruned)
        {
            yield return new JournalGap(cursor + 1, pruned);
            cursor = pruned;
        }
        using var ciphers = new AtRestCiphers(messages.Keyring, tenant, session);
        int found;
        do
        {
            var page = await messages.ReadAsync(
                c => messages.Stored.ReadEventsAsync(session, cursor, Page, c),
                ct
            );
            foreach (var stored in page)
            {
                // Numbers have no gaps: these were removed while the reader was on its way to them.
                if (stored.Row.Seq - 1 > cursor)
                    yield return new JournalGap(cursor + 1, stored.Row.Seq - 1);
                cursor = stored.Row.Seq;
                yield return await OpenAsync(ciphers, stored.Row, ct);
            }
            found = page.Count;
        } while (found == Page);
    }

    /// <summary>Decrypts an entry. A damaged one costs its readers that entry, not those behind it.</summary>
    internal static async ValueTask<JournalEvent> OpenAsync(
        AtRestCiphers ciphers,
        EventRow row,
        CancellationToken ct
    )
    {
        try
        {
            return await EventRows.OpenAsync(ciphers, row, ct);
        }
        catch (InvalidDataException)
        {
            return new(
                row.Seq,
                new UnreadableEvent(
                    row.Type,
                    "it is damaged in the database, or the key that it is encrypted with is not there"
                )
            );
        }
    }
}
