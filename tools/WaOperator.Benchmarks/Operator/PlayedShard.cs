using Npgsql;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.Benchmarks.Operator;

/// <summary>
/// What a session pod with paired sessions does to PostgreSQL, without sockets and without Redis: it renews its lease, claims what is
/// placed on it, logs in at its part of the pool's rate, and reports. As a pod it begins again when its lease is gone, and tries
/// again what the database did not take.
/// </summary>
internal sealed class PlayedShard : IAsyncDisposable
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
    private const long CostOfSession = 64 * 1024;
    private readonly ShardId _shard;
    private readonly double _loginsPerTurn;
    private readonly Guid _process = Guid.NewGuid();
    private readonly Dictionary<long, long> _owned = [];
    private readonly Queue<Assignment> _toConnect = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly NpgsqlDataSource _database;
    private readonly PodLeases _leases;
    private readonly SessionClaims _claims;
    private readonly SessionWriter _writer;
    private readonly Assignments _assignments;
    private readonly ShardReports _reports;
    private readonly SessionCosts _costs;
    private long _held;
    private long _epoch;
    private int _connected;
    private double _logins;

    public PlayedShard(NpgsqlDataSource database, ShardId shard, double loginsPerSecond)
    {
        (_shard, _database) = (shard, database);
        _loginsPerTurn = loginsPerSecond * Turn.TotalSeconds;
        (_leases, _claims, _writer) = (new(database), new(database), new(database));
        (_assignments, _reports, _costs) = (new(database), new(database), new(database));
        Running = Task.WhenAll(HoldAsync(), ServeAsync());
    }

    /// <summary>Ends when it is stopped, and with what went wrong when it cannot continue.</summary>
    public Task Running { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>There is no pod that the operator could see.</summary>
    private async Task RegisterAsync(string pod)
    {
        await using var command = _database.CreateCommand(
            $"insert into wa.shard_pod select uid, {_shard.Ordinal}, '{pod}' from wa.pool where uid = '{_shard.PoolUid}' on conflict do nothing"
        );
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The lease has a rhythm of its own: a long batch of claims must not cost it.</summary>
    private Task HoldAsync() =>
        EachAsync(
            RenewEvery,
            async () =>
            {
                var (held, refused) = (Volatile.Read(ref _held), false);
                if (held != 0)
                    refused =
                        (await _leases.RenewAsync(_shard, held, _process, Ttl)).Outcome
                        == RenewOutcome.Refused;
                if (held != 0 && !refused)
                    return;
                var pod = $"pod-{_shard.Ordinal}";
                await RegisterAsync(pod);
                var got = await _leases.AcquireAsync(_shard, pod, pod, _process, Ttl);
                Volatile.Write(ref _held, got.Epoch ?? 0);
            }
        );

    private Task ServeAsync()
    {
        var time = TimeProvider.System;
        var (looked, reported) = (0L, 0L);
        return EachAsync(
            Turn,
            async () =>
            {
                if (_epoch != Volatile.Read(ref _held))
                {
                    _epoch = Volatile.Read(ref _held);
                    (_connected, looked) = (0, 0);
                    _owned.Clear();
                    _toConnect.Clear();
                }
                if (_epoch == 0)
                    return;
                if (time.GetElapsedTime(looked) >= LookEvery)
                {
                    looked = time.GetTimestamp();
                    await ClaimAsync();
                }
                await ConnectAsync();
                if (time.GetElapsedTime(reported) < ReportEvery)
                    return;
                reported = time.GetTimestamp();
                await ReportAsync();
            }
        );
    }

    private async Task EachAsync(TimeSpan interval, Func<Task> act)
    {
        using var tick = new PeriodicTimer(interval);
        do try
        {
            await act();
        }
        catch (NpgsqlException e)
        {
            Console.WriteLine($"shard {_shard.Ordinal} tries again: {e.Message}");
        }
        while (await tick.WaitForNextTickAsync(_stop.Token));
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
        var now = _toConnect.Take((int)_logins).ToList();
        await _writer.CommitAsync([.. now.Select(s => Connected(s, _owned[s.Id]))]);
        foreach (var _ in now)
            _toConnect.Dequeue();
        _logins -= now.Count;
        _connected += now.Count;
    }

    private Task ReportAsync() =>
        _reports.WriteAsync(
            new(
                _shard,
                _epoch,
                _owned.Count,
                _connected,
                (80 << 20) + (_owned.Count * CostOfSession),
                _owned.Count * CostOfSession
            )
        );

    private static SessionWrite Connected(Assignment session, long epoch) =>
        new(session.Id, epoch)
        {
            State = new()
            {
                SessionId = session.Id,
                Epoch = epoch,
                Phase = SessionPhase.Connected,
                Reason = "Connected",
                Paired = true,
                Phone = session.Phone,
                Jid = $"{session.Phone}:7@s.whatsapp.net",
                LastConnectedAt = TimeProvider.System.GetUtcNow(),
                PairRequest = session.PairRequest,
            },
        };
}
