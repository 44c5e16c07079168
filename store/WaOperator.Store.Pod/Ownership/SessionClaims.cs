using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Why a claim was refused.</summary>
public enum ClaimRefusal
{
    /// <summary>The placement names another shard, or the session is gone.</summary>
    NotPlaced,

    /// <summary>The old owner may still act: ask again later.</summary>
    Held,

    /// <summary>The caller's own lease is not live.</summary>
    NoLease,
}

/// <summary>A session and the epoch under which its owner writes.</summary>
/// <param name="SessionId">The session's key.</param>
/// <param name="Epoch">Grows with each claim.</param>
public readonly record struct OwnedSession(long SessionId, long Epoch);

/// <summary>The answer to the claim of one session: an epoch, or why not.</summary>
public readonly record struct Claim(long SessionId, long? Epoch, ClaimRefusal? Refusal);

/// <summary>Claims and releases sessions for a shard. Throws <see cref="NpgsqlException"/> while the database is away.</summary>
public sealed class SessionClaims(NpgsqlDataSource database)
{
    /// <summary>Sessions in one claim at most: the transaction holds leases of old owners, whose renewals wait for it.</summary>
    public const int MaxBatch = 200;

    /// <summary>Claims up to <see cref="MaxBatch"/> sessions in one transaction; each answer stands for itself.</summary>
    public async Task<IReadOnlyList<Claim>> ClaimAsync(
        IReadOnlyCollection<long> sessions,
        ShardId shard,
        long leaseEpoch,
        CancellationToken ct = default
    )
    {
        if (sessions.Count > MaxBatch)
            throw new ArgumentException(
                $"{sessions.Count} sessions in one claim; at most {MaxBatch}",
                nameof(sessions)
            );
        return await database.CommitAsync(
            "select session_id, epoch, refusal from wa.session_claim($1, $2, $3, $4)",
            [sessions.ToArray(), shard.PoolUid, shard.Ordinal, leaseEpoch],
            r => new Claim(
                r.GetInt64(0),
                r.ValueOrNull<long>(1),
                r.TextOrNull(2) is { } why ? Enum.Parse<ClaimRefusal>(why) : null
            ),
            ct
        );
    }

    /// <summary>Gives sessions back after their sockets were closed and their state persisted.</summary>
    /// <returns>How many were still owned.</returns>
    public async Task<long> ReleaseAsync(
        IReadOnlyCollection<OwnedSession> sessions,
        CancellationToken ct = default
    ) =>
        (
            await database.CommitAsync(
                "select wa.session_release($1, $2)",
                [
                    sessions.Select(s => s.SessionId).ToArray(),
                    sessions.Select(s => s.Epoch).ToArray(),
                ],
                r => r.GetInt64(0),
                ct
            )
        ).Single();

    /// <summary>
    /// Sessions that this lease epoch owns and that are placed elsewhere, or nowhere. Its holder runs them no more, or never knew
    /// of them since the answer to a claim was lost; no other shard can claim them before they are released.
    /// </summary>
    public async Task<IReadOnlyList<OwnedSession>> ReadMisplacedAsync(
        ShardId shard,
        long leaseEpoch,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select o.session_id, o.epoch from wa.session_owner o
             where o.pool_uid = $1 and o.ordinal = $2 and o.lease_epoch = $3
               and not exists (select 1 from wa.placement p
                                where p.session_id = o.session_id and p.pool_uid = $1 and p.ordinal = $2)
            """,
            shard.PoolUid,
            shard.Ordinal,
            leaseEpoch
        );
        return await command.ReadAllAsync(r => new OwnedSession(r.GetInt64(0), r.GetInt64(1)), ct);
    }

    /// <summary>
    /// Ends the backends of an older epoch of a shard, which may hold locks that a claim waits for (a stopped process, a cut link);
    /// none while that lease lives.
    /// </summary>
    /// <returns>How many were ended.</returns>
    public async Task<long> EndBackendsAsync(
        ShardId shard,
        long leaseEpoch,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select wa.end_backends($1, $2, $3)",
            shard.PoolUid,
            shard.Ordinal,
            leaseEpoch
        );
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
