using System.Collections.Concurrent;
using Npgsql;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.Operator.Tests.Running;

/// <summary>
/// What a session pod does to the database, without sockets: holds its lease, claims what is placed on it, reports a state
/// for each session, releases what is taken away.
/// </summary>
internal sealed class FakeShard : IAsyncDisposable
{
    private readonly TimeSpan _ttl;
    private readonly CancellationTokenSource _stop = new();
    private readonly Guid _process = Guid.NewGuid();
    private readonly ConcurrentDictionary<long, long> _owned = new();
    private readonly ConcurrentDictionary<long, string> _reported = new();
    private readonly NpgsqlDataSource _database;
    private readonly PodLeases _leases;
    private readonly SessionClaims _claims;
    private readonly SessionWriter _writer;
    private readonly Assignments _assignments;
    private readonly Task _running;
    private long? _epoch;

    public FakeShard(NpgsqlDataSource database, ShardId shard, string podUid, TimeSpan ttl)
    {
        (Shard, PodUid, _ttl, _database) = (shard, podUid, ttl, database);
        (_leases, _claims) = (new(database), new(database));
        (_writer, _assignments) = (new(database), new(database));
        _running = RunAsync();
    }

    public ShardId Shard { get; }

    public string PodUid { get; }

    /// <summary>What it makes of a session; null leaves it as it was reported last.</summary>
    public Func<Assignment, SessionWrite, SessionWrite?>? Script { get; set; }

    /// <summary>It renews its lease and does nothing else.</summary>
    public bool Deaf { get; set; }

    public IReadOnlyCollection<long> Owned => [.. _owned.Keys];

    /// <summary>Ends as a crash does: the lease stays and runs out.</summary>
    public async Task CrashAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Ends by plan: sessions and lease are given back.</summary>
    public async Task LeaveAsync()
    {
        await CrashAsync();
        await _claims.ReleaseAsync([.. _owned.Select(o => new OwnedSession(o.Key, o.Value))]);
        if (_epoch is { } epoch)
            await _leases.ReleaseAsync(Shard, epoch, _process);
    }

    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
        {
            try
            {
                await StepAsync();
            }
            catch (NpgsqlException)
            {
                // The database is away: it continues when that is back, as a pod does.
            }
        } while (await WaitAsync(tick));
    }

    private async Task<bool> WaitAsync(PeriodicTimer tick)
    {
        try
        {
            return await tick.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>There is not always a pod that the operator could see.</summary>
    private async Task RegisterAsync()
    {
        await using var command = _database.CreateCommand(
            $"insert into wa.shard_pod select uid, {Shard.Ordinal}, '{PodUid}' from wa.pool where uid = '{Shard.PoolUid}' on conflict do nothing"
        );
        await command.ExecuteNonQueryAsync();
    }

    private async Task StepAsync()
    {
        if (_epoch is null)
            await RegisterAsync();
        _epoch ??= (
            await _leases.AcquireAsync(Shard, PodUid, $"pod-{Shard.Ordinal}", _process, _ttl)
        ).Epoch;
        if (_epoch is not { } epoch)
            return;
        var renewal = await _leases.RenewAsync(Shard, epoch, _process, _ttl);
        if (renewal.Outcome == RenewOutcome.Refused)
        {
            _epoch = null;
            _owned.Clear();
            _reported.Clear();
            return;
        }
        if (Deaf)
            return;
        var assigned = await _assignments.ReadAsync(Shard);
        var gone = _owned.Where(o => assigned.All(a => a.Id != o.Key)).ToList();
        await _claims.ReleaseAsync([.. gone.Select(o => new OwnedSession(o.Key, o.Value))]);
        gone.ForEach(o => _owned.TryRemove(o.Key, out _));
        foreach (
            var claim in await _claims.ClaimAsync(
                [.. assigned.Where(a => !_owned.ContainsKey(a.Id)).Select(a => a.Id)],
                Shard,
                epoch
            )
        )
            if (claim.Epoch is { } own)
            {
                _owned[claim.SessionId] = own;
                _reported.TryRemove(claim.SessionId, out _);
            }
        await ReportAsync(assigned);
    }

    private async Task ReportAsync(IReadOnlyList<Assignment> assigned)
    {
        var writes = new List<SessionWrite>();
        foreach (var a in assigned)
        {
            if (!_owned.TryGetValue(a.Id, out var epoch))
                continue;
            var write = Script is null ? Standard(a, epoch) : Script(a, Standard(a, epoch));
            var text = write is null ? null : $"{write.State} {write.Pairing}";
            if (write is null || _reported.GetValueOrDefault(a.Id) == text)
                continue;
            _reported[a.Id] = text!;
            writes.Add(write);
        }
        await _writer.CommitAsync(writes);
    }

    /// <summary>Connected at once; unlinked at once when that is asked for.</summary>
    private static SessionWrite Standard(Assignment a, long epoch) =>
        State(
            a,
            epoch,
            a.Desired switch
            {
                DesiredState.Deleting => SessionPhase.Unlinked,
                DesiredState.Stopped => SessionPhase.Stopped,
                _ => SessionPhase.Connected,
            },
            paired: a.Desired != DesiredState.Deleting
        );

    /// <summary>A report of a state.</summary>
    public static SessionWrite State(Assignment a, long epoch, SessionPhase phase, bool paired) =>
        new(a.Id, epoch)
        {
            ClearPairing = phase != SessionPhase.Pairing,
            State = new()
            {
                SessionId = a.Id,
                Epoch = epoch,
                Phase = phase,
                Paired = paired,
                Phone = paired ? a.Phone : null,
                Jid = paired ? $"{a.Phone}:7@s.whatsapp.net" : null,
                LastConnectedAt = phase == SessionPhase.Connected ? Make.Now : null,
                PairRequest = a.PairRequest,
            },
        };
}
