using System.Diagnostics.CodeAnalysis;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Polls;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Streams;

/// <summary>What streams of many sessions read from, in the tenure in which they began.</summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing, and streams give turns back when the tenure is over."
)]
internal sealed class JournalStreams(
    MessageContext messages,
    StreamJournals journals,
    SentPolls polls,
    SessionHost host,
    PodOptions options
)
{
    /// <summary>Reads of the tenure's journals at once, whatever the number of streams.</summary>
    public const int ReadsAtOnce = 2;

    /// <summary>Entries of one session that are read at once: then others have their turn.</summary>
    public const int Rows = 32;

    /// <summary>Bytes of one session that are read at once, but for the last entry.</summary>
    public const int Bytes = 64 * 1024;

    // All streams together: the tenure's connections are few, and what is to become durable goes by them, too.
    private readonly SemaphoreSlim _turns = new(ReadsAtOnce, ReadsAtOnce);

    /// <summary>Tells of what becomes durable.</summary>
    public EventHub Events => messages.Events;

    /// <summary>Cancelled when the tenure is over.</summary>
    public CancellationToken Ended => messages.Ended;

    /// <summary>What runs a session here; null: nothing does.</summary>
    public ISessionRunner? Find(long session) =>
        host.Sessions.GetValueOrDefault(session)?.Runner is { Lost: false, InDoubt: false } runner
            ? runner
            : null;

    /// <summary>Where streams begin in the journals of sessions.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public Task<IReadOnlyList<JournalStart>> StartsAsync(
        IReadOnlyCollection<JournalOpening> sessions,
        DateTimeOffset since,
        CancellationToken ct
    ) => InTurnAsync(c => journals.ReadStartsAsync(sessions, since, c), ct);

    /// <summary>The next page of each of some journals. While PostgreSQL is away, it waits.</summary>
    public Task<IReadOnlyList<JournalPage>> PagesAsync(
        IReadOnlyCollection<JournalPlace> places,
        CancellationToken ct
    ) =>
        messages.ReadAsync(
            c => InTurnAsync(t => journals.ReadPagesAsync(places, Rows, Bytes, t), c),
            ct
        );

    private async Task<T> InTurnAsync<T>(
        Func<CancellationToken, Task<T>> read,
        CancellationToken ct
    )
    {
        await _turns.WaitAsync(ct);
        try
        {
            return await read(ct);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>What a vote chose; null: that is not known, or it is none. While PostgreSQL is away, it waits.</summary>
    public ValueTask<IReadOnlyList<string>?> ChosenAsync(
        Assignment session,
        SessionEvent e,
        CancellationToken ct
    ) =>
        e is MessageReceived message && Votes.Is(message)
            ? new(messages.ReadAsync(c => polls.ChosenAsync(session, e, c), ct))
            : default;

    /// <summary>What opens the entries of a session.</summary>
    public AtRestCiphers CiphersOf(StreamPosition position) =>
        new(messages.Keyring, position.Wanted.TenantId, position.Session);

    /// <summary>
    /// The number behind which a stream begins that has seen nothing of a session. Where the retention may have removed what happened
    /// since, that is told as a gap.
    /// </summary>
    /// <param name="start">Where the journal is.</param>
    /// <param name="since">What happened later is to be shown.</param>
    public long Begin(JournalStart start, DateTimeOffset since) =>
        start.Behind > 0 ? start.Behind
        : since < messages.Time.GetUtcNow().AddDays(-options.EventDays) ? 0
        : start.Pruned;
}
