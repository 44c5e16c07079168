using Npgsql;
using WaOperator.Store.Leases;
using WaOperator.Store.Ownership;
using WaOperator.Store.Sessions;

namespace WaOperator.Benchmarks.Operator;

/// <summary>
/// What a session pod with paired sessions does to PostgreSQL, without sockets and without Redis: it renews its lease, claims what is
/// placed on it, logs in at its part of the pool's rate, and reports.
/// </summary>
internal sealed class PlayedShard : IAsyncDisposable
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
    private const long CostOfSession = 64 * 1024;
    private readonly ShardId _shard;
    private readonly double _loginsPerTurn;
    private readonly Guid _process = Guid.NewGuid();
    private readonly Dictionary<long, long> _owned = [];
    private readonly Queue<Assignment> _toConnect = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PodLeases _leases;
    private readonly SessionClaims _claims;
    private readonly SessionWriter _writer;
    private readonly Assignments _assignments;
    private readonly ShardReports _reports;
    private readonly SessionCosts _costs;
    private readonly Task _running;
    private long _epoch;
    private int _connected;
    private double _logins;

    public PlayedShard(NpgsqlDataSource database, ShardId shard, double loginsPerSecond)
    {
        _shard = shard;
        _loginsPerTurn = loginsPerSecond * Turn.TotalSeconds;
        (_leases, _claims, _writer) = (new(database), new(database), new(database));
        (_assignments, _reports, _costs) = (new(database), new(database), new(database));
        _running = RunAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var tick = new PeriodicTimer(Turn);
        var time = TimeProvider.System;
        long renewed = 0,
            reported = 0;
        do
        {
            if (_epoch == 0 || time.GetElapsedTime(renewed) >= RenewEvery)
            {
                renewed = time.GetTimestamp();
                await HoldAsync();
            }
            if (_epoch == 0)
                continue;
            await ClaimAsync();
            await ConnectAsync();
            if (time.GetElapsedTime(reported) < ReportEvery)
                continue;
            reported = time.GetTimestamp();
            await _reports.WriteAsync(
                new(
                    _shard,
                    _epoch,
                    _owned.Count,
                    _connected,
                    (80 << 20) + (_owned.Count * CostOfSession),
                    _owned.Count * CostOfSession
                )
            );
        } while (await tick.WaitForNextTickAsync(_stop.Token));
    }

    private async Task HoldAsync()
    {
        if (_epoch == 0)
            _epoch =
                (
                    await _leases.AcquireAsync(
                        _shard,
                        $"pod-{_shard.Ordinal}",
                        $"pod-{_shard.Ordinal}",
                        _process,
                        Ttl
                    )
                ).Epoch
                ?? 0;
        else if (
            (await _leases.RenewAsync(_shard, _epoch, _process, Ttl)).Outcome
            == RenewOutcome.Refused
        )
            throw new InvalidOperationException(
                $"shard {_shard} lost its lease: the machine is too busy for this benchmark"
            );
    }

    private async Task ClaimAsync()
    {
        var assigned = await _assignments.ReadAsync(_shard);
        var fresh = assigned.Where(a => !_owned.ContainsKey(a.Id)).ToDictionary(a => a.Id);
        foreach (var batch in fresh.Keys.Chunk(SessionClaims.MaxBatch))
        {
            var costs = new List<CountedCost>();
            foreach (var claim in await _claims.ClaimAsync(batch, _shard, _epoch))
                if (claim.Epoch is { } epoch)
                {
                    _owned[claim.SessionId] = epoch;
                    _toConnect.Enqueue(fresh[claim.SessionId]);
                    costs.Add(new(claim.SessionId, epoch, CostOfSession, TimeSpan.Zero));
                }
            await _costs.WriteAsync(costs);
        }
    }

    private async Task ConnectAsync()
    {
        _logins = Math.Min(_logins + _loginsPerTurn, Math.Max(1, _loginsPerTurn));
        var writes = new List<SessionWrite>();
        for (; _logins >= 1 && _toConnect.TryDequeue(out var session); _logins--)
            writes.Add(Connected(session, _owned[session.Id]));
        await _writer.CommitAsync(writes);
        _connected += writes.Count;
    }

    private static SessionWrite Connected(Assignment session, long epoch) =>
        new(session.Id, epoch)
        {
            State = new(
                session.Id,
                epoch,
                SessionPhase.Connected,
                "Connected",
                "",
                true,
                session.Phone,
                $"{session.Phone}:7@s.whatsapp.net",
                null,
                null,
                TimeProvider.System.GetUtcNow(),
                0,
                session.PairRequest
            ),
        };
}
