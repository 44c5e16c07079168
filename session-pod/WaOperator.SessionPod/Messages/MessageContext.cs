using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>What the messages of all sessions of a tenure share.</summary>
internal sealed record MessageContext
{
    public required GroupCommit Commits { get; init; }

    public required Keyring Keyring { get; init; }

    public required SessionKeys Keys { get; init; }

    public required SessionMessages Stored { get; init; }

    public required SharedRecords Cache { get; init; }

    public required EventHub Events { get; init; }

    /// <summary>What is stored and cannot be opened.</summary>
    public required UnreadableRecords Unreadable { get; init; }

    /// <summary>What waits to be sent of each tenant.</summary>
    public TenantBacklogs Backlogs { get; } = new();

    /// <summary>Contacts that were written lately.</summary>
    public RecentTags Contacts { get; init; } = new();

    /// <summary>When scheduled messages are due.</summary>
    public DueTimes Due { get; } = new();

    /// <summary>Sessions whose broadcasts are to be looked at.</summary>
    public BroadcastCalls Broadcasts { get; } = new();

    /// <summary>How fast the sessions of tenants send.</summary>
    public Paces Paces { get; } = new();

    /// <summary>Reads a tenant's pace, which is known for some seconds. Default: there is none.</summary>
    public Func<long, ValueTask<SendPace?>> PaceAsync { get; init; } = _ => default;

    /// <summary>How many weeks handled messages are remembered.</summary>
    public required int HandledWeeks { get; init; }

    /// <summary>How long messages are kept. Null: for ever.</summary>
    public TimeSpan? Kept { get; init; }

    /// <summary>How many messages of the past sessions were given, and how many of these are not stored.</summary>
    public Action<int, int> PastTaken { get; init; } = (_, _) => { };

    public required TimeProvider Time { get; init; }

    /// <summary>Cancelled when the tenure is over: nothing is read any more.</summary>
    public required CancellationToken Ended { get; init; }

    /// <summary>Reads, again and again while PostgreSQL is away: an outage must not cost a connection.</summary>
    public async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await read(ct);
            }
            catch (Exception e)
                when (CommitFailure.Classify(e) == CommitReaction.Retry
                    && !ct.IsCancellationRequested
                )
            {
                await Task.Delay(RetryAfter, Time, ct);
            }
        }
    }

    /// <summary>Decrypts a record of a session; null: there is none, or it cannot be opened and so counts as unknown.</summary>
    /// <param name="ciphers">Of the session.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="key">Which record.</param>
    /// <param name="row">The record.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<byte[]?> OpenAsync(
        AtRestCiphers ciphers,
        long session,
        RecordKey key,
        RecordRow? row,
        CancellationToken ct
    )
    {
        if (row is not { Ciphertext: { } box })
            return null;
        try
        {
            return (await ciphers.OfAsync(row.KeyVersion, ct)).Open(key.Kind, key.Id, box);
        }
        catch (InvalidDataException)
        {
            Unreadable.Found(session, key.Kind);
            return null;
        }
    }

    /// <summary>Decrypts an outbound message; null: it cannot be opened, and is left where it is.</summary>
    /// <param name="ciphers">Of the session.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="row">The message.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<OutboundMessage?> OpenAsync(
        AtRestCiphers ciphers,
        long session,
        OutboxRow row,
        CancellationToken ct
    )
    {
        try
        {
            return await OutboxCodec.OpenAsync(ciphers, row, ct);
        }
        catch (InvalidDataException)
        {
            Unreadable.Found(session, OutboxCodec.BodyKind);
            return null;
        }
    }

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(300);
}
