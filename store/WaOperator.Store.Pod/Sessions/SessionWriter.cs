using System.Globalization;
using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// The group commit of a pod: writes of many sessions in one transaction and one round trip. Its first statement is the fence
/// (wa.fence): it locks the owner rows FOR SHARE, which conflicts with a claim's update of the same row, so a stale write can
/// neither commit after a claim nor slip in beside it. A fenced session falls out alone: the rest commits in a second try. Not for
/// several commits at a time.
/// </summary>
/// <param name="database">Where.</param>
/// <param name="token">Makes it possible to ask for the fate of a commit; null: it cannot be asked for.</param>
public sealed class SessionWriter(NpgsqlDataSource database, CommitToken? token = null)
{
    private HashSet<long> _fenced = [];

    /// <summary>Commits the writes. At most one write per session (<see cref="SessionWrites.Join"/>).</summary>
    /// <returns>Sessions whose writes fell out because another shard owns them now.</returns>
    /// <exception cref="CommitUnknownException">It may have become durable or not; ask (<see cref="AskAsync"/>).</exception>
    /// <exception cref="PostgresException">PostgreSQL refused; nothing of the group was written.</exception>
    public async Task<IReadOnlySet<long>> CommitAsync(
        IReadOnlyList<SessionWrite> writes,
        CancellationToken ct = default
    )
    {
        var fenced = _fenced = [];
        while (writes.Count > 0)
        {
            try
            {
                var exchange = token is null ? null : await token.ExchangeAsync(ct);
                await using (var connection = await database.OpenConnectionAsync(ct))
                    await CommitAsync(connection, writes, exchange);
                token?.Exchanged();
                break;
            }
            catch (CommitUnknownException)
            {
                token?.Lost();
                throw;
            }
            catch (PostgresException e) when (e.SqlState == SqlStates.Fenced)
            {
                // Epochs only grow: what is fenced stays so, and the rest gets through sooner or later.
                foreach (var id in e.MessageText.Split(','))
                    fenced.Add(long.Parse(id, CultureInfo.InvariantCulture));
                writes = [.. writes.Where(w => !fenced.Contains(w.SessionId))];
            }
            catch (PostgresException e)
                when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // The lease ended between the fence and the rows: nothing of it is this pod's any more.
                fenced.UnionWith(writes.Select(w => w.SessionId));
                break;
            }
            catch (PostgresException e) when (e.SqlState == SqlStates.CommitSuperseded)
            {
                // Another process has the shard, or the database lost commits: what is held in memory cannot be built upon.
                token?.Superseded();
                fenced.UnionWith(writes.Select(w => w.SessionId));
                break;
            }
        }
        return fenced;
    }

    /// <summary>What became of the commit that ended with <see cref="CommitUnknownException"/>. May be asked again after a failure.</summary>
    /// <returns>It was written, but for these sessions, which another shard owns now; null: it was not, and never will be.</returns>
    /// <exception cref="InvalidOperationException">No commit is in doubt, or there is no token.</exception>
    /// <exception cref="CommitUnknownException">The answer to this got lost, too.</exception>
    /// <exception cref="PostgresException"><see cref="SqlStates.CommitSuperseded"/>: it cannot be told any more.</exception>
    public async Task<IReadOnlySet<long>?> AskAsync(CancellationToken ct = default)
    {
        if (token is null)
            throw new InvalidOperationException("the writer has no token to ask by");
        try
        {
            return await token.AskAsync(ct) ? _fenced : null;
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.CommitSuperseded)
        {
            token.Superseded();
            throw;
        }
    }

    private static async Task CommitAsync(
        NpgsqlConnection connection,
        IReadOnlyList<SessionWrite> writes,
        NpgsqlBatchCommand? exchange
    )
    {
        // Commands of a batch without an explicit BEGIN are one implicit transaction, committed by its end.
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        batch.BatchCommands.Add(Fence(writes));
        foreach (var command in Statements(writes))
            batch.BatchCommands.Add(command);
        // Last: who asks waits for no lock that the others wait for.
        if (exchange is not null)
            batch.BatchCommands.Add(exchange);
        await Commits.RunAsync(
            connection,
            () => batch.ExecuteNonQueryAsync(CancellationToken.None),
            CancellationToken.None
        );
    }

    private static NpgsqlBatchCommand Fence(IReadOnlyList<SessionWrite> writes) =>
        Sql.BatchCommand(
            "select wa.fence($1, $2)",
            writes.Select(w => w.SessionId).ToArray(),
            writes.Select(w => w.Epoch).ToArray()
        );

    private static IEnumerable<NpgsqlBatchCommand> Statements(IReadOnlyList<SessionWrite> writes)
    {
        if (Pick(writes, w => w.ArchiveKeys) is { Length: > 0 } archived)
        {
            var before = writes
                .Where(w => w.ArchiveKeys)
                .Select(w => w.Before)
                .OfType<SessionWrite>();
            foreach (var command in WriteSecrets([.. before]))
                yield return command;
            foreach (var command in ArchiveSql.Archive(archived))
                yield return command;
        }
        if (Pick(writes, w => w.WipeKeys) is { Length: > 0 } wiped)
        {
            yield return Delete("wa.session_key", wiped);
            yield return Delete("wa.session_record", wiped);
            // What the account's devices show ends with the link: the next phone may be another one.
            yield return MessageSql.Requeue(wiped);
        }
        // They are of the linked device, and come back with its keys.
        if (
            Pick(
                writes,
                w => w.ClearFlags || w is { WipeKeys: true, ArchiveKeys: false, RestoreKeys: false }
            ) is
            { Length: > 0 } unflagged
        )
        {
            yield return Delete("wa.session_chat_flag", unflagged);
            yield return PastSql.Forget(unflagged);
        }
        if (Pick(writes, w => w.ClearPairing) is { Length: > 0 } cleared)
            yield return Delete("wa.session_pairing", cleared);
        if (Pick(writes, w => w.RestoreKeys) is { Length: > 0 } restored)
            foreach (var command in ArchiveSql.Restore(restored))
                yield return command;
        foreach (var command in WriteSecrets(writes))
            yield return command;
        if (Rows(writes, w => w.Events) is { Count: > 0 } events)
            yield return MessageSql.Append(events);
        if (Rows(writes, w => w.Handled) is { Count: > 0 } handled)
            yield return MessageSql.Remember(handled);
        if (Rows(writes, w => w.Outbox) is { Count: > 0 } outbox)
            yield return MessageSql.Move(outbox);
        foreach (var command in PastSql.Write(Past(writes)))
            yield return command;
        foreach (var command in ChatSql.Move(Rows(writes, w => w.Chats)))
            yield return command;
        if (Rows(writes, w => w.ChatRemovals) is { Count: > 0 } removed)
            yield return ChatSql.Remove(removed);
        if (Rows(writes, w => w.ChatFlags) is { Count: > 0 } flags)
            yield return ChatSql.Show(flags);
        if (Rows(writes, w => w.Contacts) is { Count: > 0 } contacts)
            yield return ChatSql.Learn(contacts);
        if (Rows(writes, w => w.Receipts) is { Count: > 0 } receipts)
            yield return ChatSql.Note(receipts);
        foreach (var command in MessageSql.Change(Rows(writes, w => w.Changes)))
            yield return command;
        if (Rows(writes, w => w.Marks) is { Count: > 0 } marks)
            yield return BroadcastSql.Mark(marks);
        foreach (var write in writes)
        {
            if (write.State is { } state)
                yield return StateSql.Put(state);
            if (write.Pairing is { } code)
                yield return StateSql.Show(code);
        }
    }

    private static IEnumerable<NpgsqlBatchCommand> WriteSecrets(
        IReadOnlyList<SessionWrite> writes
    ) =>
        [
            .. KeySql.Write(Rows(writes, w => w.Keys)),
            .. MessageSql.WriteRecords(Rows(writes, w => w.Records)),
        ];

    private static long[] Pick(
        IReadOnlyList<SessionWrite> writes,
        Func<SessionWrite, bool> which
    ) => [.. writes.Where(which).Select(w => w.SessionId)];

    private static List<(long Session, T Row)> Rows<T>(
        IReadOnlyList<SessionWrite> writes,
        Func<SessionWrite, IReadOnlyList<T>> part
    )
    {
        var rows = new List<(long, T)>();
        foreach (var write in writes)
        foreach (var row in part(write))
            rows.Add((write.SessionId, row));
        return rows;
    }

    private static List<(long Session, PastRows Row)> Past(IReadOnlyList<SessionWrite> writes) =>
        [.. writes.Where(w => w.Past is not null).Select(w => (w.SessionId, w.Past!))];

    private static NpgsqlBatchCommand Delete(string table, long[] sessions) =>
        Sql.BatchCommand($"delete from {table} where session_id = any ($1)", sessions);
}
