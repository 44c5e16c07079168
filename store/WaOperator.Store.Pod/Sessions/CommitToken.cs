using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// The token that a shard's group commits exchange (wa.commit_exchange): a commit comes through only as the successor of the last one, so
/// that the fate of one without an answer can be asked for and settled. For one tenure and one commit at a time; not thread-safe.
/// </summary>
/// <param name="database">Connections that carry the process that took the lease.</param>
/// <param name="shard">The shard.</param>
/// <param name="leaseEpoch">The lease under which it commits.</param>
public sealed class CommitToken(NpgsqlDataSource database, ShardId shard, long leaseEpoch)
{
    private sealed record Doubt(Guid Token, Guid Void);

    private Guid? _last;
    private Guid _next;
    private Doubt? _doubt;

    /// <summary>The statement that makes a transaction the next commit.</summary>
    /// <exception cref="InvalidOperationException">The fate of the former one is open.</exception>
    internal async Task<NpgsqlBatchCommand> ExchangeAsync(CancellationToken ct)
    {
        if (_doubt is not null)
            throw new InvalidOperationException("the fate of the last commit was not asked for");
        _last ??= await BeginAsync(ct);
        _next = Guid.NewGuid();
        return Sql.BatchCommand(
            "select wa.commit_exchange($1, $2, $3, $4, $5)",
            shard.PoolUid,
            shard.Ordinal,
            leaseEpoch,
            _last,
            _next
        );
    }

    /// <summary>The commit came through.</summary>
    internal void Exchanged() => _last = _next;

    /// <summary>No answer came to the commit.</summary>
    internal void Lost() => _doubt = new(_next, Guid.NewGuid());

    /// <summary>Another commit came between: the next one begins again, if the lease is still this process's.</summary>
    internal void Superseded()
    {
        _last = null;
        _doubt = null;
    }

    /// <summary>
    /// Whether the commit that got no answer came through; if not, it never will. May be asked again until there is an answer.
    /// </summary>
    /// <exception cref="InvalidOperationException">No commit is in doubt.</exception>
    /// <exception cref="CommitUnknownException">The answer to this got lost, too.</exception>
    /// <exception cref="PostgresException"><see cref="SqlStates.CommitSuperseded"/>: no one can tell any more.</exception>
    internal async Task<bool> AskAsync(CancellationToken ct)
    {
        var doubt = _doubt ?? throw new InvalidOperationException("no commit is in doubt");
        var came = await database.CommitAsync(
            "select wa.commit_ask($1, $2, $3, $4, $5, $6)",
            [shard.PoolUid, shard.Ordinal, leaseEpoch, _last, doubt.Token, doubt.Void],
            r => r.GetBoolean(0),
            ct
        );
        _last = came[0] ? doubt.Token : doubt.Void;
        _doubt = null;
        return came[0];
    }

    /// <summary>Repeating it does no harm, so a lost answer leaves nothing open.</summary>
    private async Task<Guid> BeginAsync(CancellationToken ct)
    {
        var token = Guid.NewGuid();
        try
        {
            await database.CommitAsync(
                "select wa.commit_begin($1, $2, $3, $4)",
                [shard.PoolUid, shard.Ordinal, leaseEpoch, token],
                ct
            );
        }
        catch (CommitUnknownException e)
        {
            throw new NpgsqlException("the first commit of the tenure waits for PostgreSQL", e);
        }
        return token;
    }
}
