using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// What one connection of a session keeps of its messages: in PostgreSQL, encrypted, fenced by the session's epoch, committed in the
/// groups of the pod. It sees its own writes at once and commits them in the order of the calls; after one that was lost it
/// writes nothing more, and the next connection begins with a new store.
/// </summary>
/// <param name="context">What all sessions share.</param>
/// <param name="tenant">The tenant's key in the database.</param>
/// <param name="session">The session's key in the database.</param>
/// <param name="epoch">The epoch under which it writes.</param>
/// <param name="numbers">Numbers the session's events.</param>
/// <param name="settled">Hears of outbound messages that were acked or given up.</param>
internal sealed partial class PodMessageStore(
    MessageContext context,
    long tenant,
    long session,
    long epoch,
    JournalNumbers numbers,
    Action<Backlog>? settled = null
) : IMessageStore
{
    private const string HandledKind = "handled";
    private const int Page = 256;

    private readonly CommitLane _lane = new();
    private readonly long _cached = context.Cache.NewOwner();
    private readonly Lock _turn = new();
    private readonly PreKeyUse _preKeys = new(context, tenant, session);
    private Unsettled? _unsettled;
    private Task _queued = Task.CompletedTask;
    private Task<CommitOutcome> _last = Task.FromResult(CommitOutcome.Committed);

    /// <summary>One of its writes got no answer and may still become durable.</summary>
    public bool InDoubt => _lane.InDoubt;

    /// <summary>Whether <see cref="LoadUnackedAsync"/> saw messages that are not encrypted yet.</summary>
    public bool Waiting { get; private set; } = true;

    bool IMessageStore.KeepsHistory => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<byte[]?>> LoadAsync(
        IReadOnlyList<RecordKey> keys,
        CancellationToken ct
    )
    {
        await QueuedAsync().WaitAsync(ct);
        var names = new RecordName[keys.Count];
        var rows = new RecordRow?[keys.Count];
        var missing = new HashSet<RecordName>();
        for (var i = 0; i < rows.Length; i++)
            if (!TryFind(names[i] = NameOf(keys[i]), out rows[i]))
                missing.Add(names[i]);
        if (missing.Count > 0)
        {
            var found = await ReadAsync(missing, ct);
            for (var i = 0; i < rows.Length; i++)
                if (missing.Contains(names[i]))
                    rows[i] = found.GetValueOrDefault(names[i]);
        }
        using var ciphers = Ciphers();
        var values = new byte[]?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            values[i] = await context.OpenAsync(ciphers, session, keys[i], rows[i], ct);
        return values;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<MessageKey>> FindHandledAsync(
        IReadOnlyList<MessageKey> keys,
        CancellationToken ct
    )
    {
        await QueuedAsync().WaitAsync(ct);
        var names = new Dictionary<RecordName, MessageKey>();
        foreach (var key in keys)
            names[NameOf(key)] = key;
        var found = new HashSet<MessageKey>();
        lock (_turn)
            foreach (var name in names.Keys)
                if (_unsettled?.Handled.Contains(name) == true)
                    found.Add(names[name]);
        if (found.Count == names.Count)
            return found;
        var stored = await context.ReadAsync(
            c => context.Stored.FindHandledAsync(session, names.Keys, context.HandledWeeks, c),
            ct
        );
        foreach (var name in stored)
            found.Add(names[name]);
        return found;
    }

    // Not to be cancelled: a write whose connection has ended must still be known as durable or not before the next one loads.
    /// <inheritdoc/>
    public async Task CommitAsync(DeviceChange change, CancellationToken ct)
    {
        var committing = await QueueAsync(change);
        var outcome = await committing;
        if (outcome != CommitOutcome.Committed)
            throw new NotStoredException(outcome);
    }

    /// <inheritdoc/>
    public async Task<OutboundMessage?> FindOutboundAsync(string id, CancellationToken ct)
    {
        var found = await context.ReadAsync(
            c => context.Stored.FindOutboxAsync(session, id, c),
            ct
        );
        if (found is null)
            return null;
        using var ciphers = Ciphers();
        return await context.OpenAsync(ciphers, session, found.Row, ct);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OutboundMessage>> LoadUnackedAsync(CancellationToken ct)
    {
        // One look shows both, what goes out again first and whether anything else waits, unless there is much of it.
        var page = await PageAsync(state: null, 0, ct);
        var all = page.Count < Page;
        Waiting = !all || page.Any(p => p.Row.State == OutboxState.Queued);
        var messages = new List<OutboundMessage>();
        using var ciphers = Ciphers();
        if (!all)
            page = await PageAsync(OutboxState.Encrypted, 0, ct);
        while (true)
        {
            foreach (var found in page.Where(p => p.Row.State == OutboxState.Encrypted))
                if (await context.OpenAsync(ciphers, session, found.Row, ct) is { } message)
                    messages.Add(message);
            if (page.Count < Page)
                return messages;
            page = await PageAsync(OutboxState.Encrypted, page[^1].Seq, ct);
        }
    }

    private Task<IReadOnlyList<StoredOutbox>> PageAsync(
        OutboxState? state,
        long after,
        CancellationToken ct
    ) =>
        context.ReadAsync(c => context.Stored.ReadPendingAsync(session, state, after, Page, c), ct);

    /// <summary>Completes when it is known of every commit whether it is durable.</summary>
    public async Task SettledAsync()
    {
        await QueuedAsync();
        await ((Task)_last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Completes when all that was asked for so far is queued: only then is it seen.</summary>
    private Task QueuedAsync()
    {
        lock (_turn)
            return _queued;
    }

    /// <summary>Queues a commit behind those that were asked for before.</summary>
    private async Task<Task<CommitOutcome>> QueueAsync(DeviceChange change)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task former;
        lock (_turn)
            (former, _queued) = (_queued, done.Task);
        try
        {
            await former;
            if (change.Events.Count == 0)
                return await SealAndQueueAsync(change);
            await numbers.EnterAsync(_lane);
            try
            {
                var committing = await SealAndQueueAsync(change);
                numbers.Queued(committing);
                return committing;
            }
            finally
            {
                numbers.Leave();
            }
        }
        catch
        {
            // What was to be written is lost: nothing that builds on it may be.
            _lane.Break();
            throw;
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task<Task<CommitOutcome>> SealAndQueueAsync(DeviceChange change)
    {
        var write = await SealAsync(change);
        return _last = context.Commits.CommitAsync(
            tenant,
            write,
            _lane,
            () => Settled(change, write)
        );
    }

    private async Task<SessionWrite> SealAsync(DeviceChange change)
    {
        using var cipher = await context.Keyring.CipherAsync(
            tenant,
            session,
            version: null,
            context.Ended
        );
        var write = new SessionWrite(session, epoch)
        {
            Records = [.. change.Records.Select(r => Seal(cipher, r))],
            Handled =
            [
                .. change.Events.Select(e => e.Completes).OfType<MessageKey>().Select(NameOf),
            ],
            Outbox = [.. change.Outbound.Select(o => OutboxCodec.Seal(cipher, o))],
            Keys = await _preKeys.RemoveAsync(cipher, change.UsedPreKeys),
        };
        if (change.Events.Count > 0)
            write = await ProjectAsync(cipher, change, write);
        if (change.History.Count > 0 || change.Events.Any(e => e is HistorySynced))
            write = write with { Past = await PastAsync(cipher, change, write) };
        if (write.Records.Count > 0 || write.Handled.Count > 0)
            lock (_turn)
                (_unsettled ??= new()).Add(write);
        return write;
    }

    /// <summary>A commit is durable. Called in order, by the group commit.</summary>
    private void Settled(DeviceChange change, SessionWrite write)
    {
        lock (_turn)
        {
            if (_unsettled is not null && _unsettled.Settle(write))
                _unsettled = null;
            _preKeys.Settle(write);
            foreach (var contact in write.Contacts)
                context.Contacts.Add(contact.Tag);
            foreach (var record in write.Records)
                context.Cache.Put(_cached, record.Name, record.Ciphertext is null ? null : record);
        }
        if (settled is not null)
            foreach (var message in change.Outbound)
                if (message.State >= OutboundState.Acked)
                    settled(OutboxCodec.SizeOf(message));
        foreach (var happened in change.Events)
            context.Paces.Happened(tenant, session, happened, context.Time);
        for (var i = 0; i < change.Events.Count; i++)
            context.Events.Publish(
                session,
                new JournalEvent(write.Events[i].Seq, change.Events[i])
            );
    }

    private async Task<Dictionary<RecordName, RecordRow>> ReadAsync(
        HashSet<RecordName> names,
        CancellationToken ct
    )
    {
        var found = (
            await context.ReadAsync(c => context.Stored.ReadRecordsAsync(session, names, c), ct)
        ).ToDictionary(r => r.Name);
        foreach (var name in names)
            context.Cache.TryAdd(_cached, name, found.GetValueOrDefault(name));
        return found;
    }

    private bool TryFind(RecordName name, out RecordRow? row)
    {
        lock (_turn)
            if (_unsettled?.Records.TryGetValue(name, out var mine) == true)
            {
                row = mine.Ciphertext is null ? null : mine;
                return true;
            }
        return context.Cache.TryGet(_cached, name, out row);
    }

    private RecordRow Seal(AtRestCipher cipher, RecordWrite record) =>
        new(
            NameOf(record.Key),
            cipher.Version,
            record.Value is null ? null : cipher.Seal(record.Key.Kind, record.Key.Id, record.Value)
        );

    private AtRestCiphers Ciphers() => new(context.Keyring, tenant, session);

    /// <summary>The name under which a record of a session is stored.</summary>
    internal static RecordName NameOf(Keyring keyring, long session, RecordKey key) =>
        keyring.Name(session, "record", key.Kind, key.Id);

    private RecordName NameOf(RecordKey key) => NameOf(context.Keyring, session, key);

    private RecordName NameOf(MessageKey key) =>
        context.Keyring.Name(session, HandledKind, key.Chat, key.Sender, key.Id);

    /// <summary>What was written and is not known as durable yet.</summary>
    private sealed class Unsettled
    {
        public Dictionary<RecordName, RecordRow> Records { get; } = [];

        public HashSet<RecordName> Handled { get; } = [];

        public void Add(SessionWrite write)
        {
            foreach (var record in write.Records)
                Records[record.Name] = record;
            Handled.UnionWith(write.Handled);
        }

        /// <returns>Whether nothing is left.</returns>
        public bool Settle(SessionWrite write)
        {
            foreach (var record in write.Records)
                if (
                    Records.TryGetValue(record.Name, out var newest)
                    && ReferenceEquals(newest, record)
                )
                    Records.Remove(record.Name);
            Handled.ExceptWith(write.Handled);
            return Records.Count == 0 && Handled.Count == 0;
        }
    }
}
