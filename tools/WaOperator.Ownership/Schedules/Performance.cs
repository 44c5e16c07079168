using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;
using WaOperator.Ownership.Campaigns;
using WaOperator.Ownership.Judging;
using WaOperator.Ownership.Owners;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Ownership.Schedules;

/// <summary>One schedule from its first claim to its verdict.</summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "Disposed by the end of the performance, which is asynchronous."
)]
internal sealed class Performance
{
    /// <summary>
    /// After all is well again a session without progress for 30 s, 100 renewals, 10 lives of a lease that the operator watched and 10
    /// connections that were opened quickly is an orphan.
    /// </summary>
    private static Patience Patience =>
        new(TimeSpan.FromSeconds(30), 100, 10, 10, TimeSpan.FromMinutes(5));

    /// <summary>Owners and operator give up an opening connection after 1 s, and have a longer way.</summary>
    private static readonly TimeSpan QuickConnection = TimeSpan.FromMilliseconds(250);

    private readonly Stage _stage;
    private readonly Schedule _schedule;
    private readonly Mutation _mutation;
    private readonly Cluster _cluster;
    private readonly Fleet _fleet;
    private readonly Referee _referee = new();
    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _overseers = [];
    private readonly List<Overseer> _operators = [];
    private readonly List<NpgsqlDataSource> _databases = [];

    private Performance(Stage stage, Schedule schedule, Mutation mutation, Cluster cluster)
    {
        _stage = stage;
        _schedule = schedule;
        _mutation = mutation;
        _cluster = cluster;
        _fleet = new(stage, schedule, cluster, _referee, mutation);
    }

    /// <summary>Performs a schedule.</summary>
    /// <param name="stage">Where; nothing else runs there meanwhile.</param>
    /// <param name="schedule">Which.</param>
    /// <param name="mutation">The rule that is broken.</param>
    /// <param name="restart">What befalls the server meanwhile; all is well again only after it.</param>
    public static async Task<Outcome> RunAsync(
        Stage stage,
        Schedule schedule,
        Mutation mutation,
        Restart? restart = null
    )
    {
        Performance? performance = null;
        var begun = false;
        try
        {
            performance = new(stage, schedule, mutation, await DeclareAsync(stage, schedule));
            await performance.BeginAsync();
            begun = true;
            return await performance.PlayAsync(restart);
        }
        finally
        {
            if (!begun)
                restart?.Leave();
            if (performance is not null)
                await performance.EndAsync();
        }
    }

    private static async Task<Cluster> DeclareAsync(Stage stage, Schedule schedule)
    {
        await Ledger.ClearAsync(stage.Admin);
        var store = await DesiredStore.BeginTermAsync(stage.Admin, "scene");
        var pool = string.Create(CultureInfo.InvariantCulture, $"pool-{schedule.Index}");
        await store.PutPoolAsync(new(pool, "ns", "pool", Owner.Times));
        var tenant = await store.PutTenantAsync(new("ns", "acme", false, "{}"));
        var rows = Enumerable
            .Range(0, schedule.Sessions)
            .Select(i => new SessionRow
            {
                Uid = $"{pool}-{i}",
                TenantId = tenant,
                Phone = $"4917000{i:0000}",
                Namespace = "ns",
                Name = $"s{i}",
                PoolUid = pool,
                Desired = DesiredState.Active,
                PairingMethod = "QR",
                DeviceName = "x",
            })
            .ToArray();
        var ids = (await store.PutSessionsAsync(rows)).Select(s => s.Id!.Value).Order().ToArray();
        await store.PlaceAsync([
            .. ids.Select(
                (id, i) => new PlacementChange(id, new(pool, i % schedule.Owners), "Hashed")
            ),
        ]);
        return new(pool, ids);
    }

    private async Task BeginAsync()
    {
        Oversee();
        await _fleet.StartAsync();
        await AllActAsync();
    }

    private async Task<Outcome> PlayAsync(Restart? restart)
    {
        if (restart is not null)
            await restart.BegunAsync();
        var start = Referee.Now;
        var faults = _schedule.Faults.Select(f => SufferAsync(start, f)).ToList();
        if (restart is not null)
            faults.Add(RestartAsync(restart));
        await Pause.ForAsync(_schedule.Length);
        await Task.WhenAll(faults);
        _stage.Heal(_fleet.Dead);
        var orphans = await AllActAsync();
        await _fleet.StopAsync();
        await _over.CancelAsync();
        await Task.WhenAll(_overseers);
        var (stale, untrue, claims, writes) = await Ledger.ReadAsync(
            _stage.Admin,
            _cluster.Sessions
        );
        return new(
            _schedule,
            _referee.Overlaps,
            stale,
            untrue,
            orphans,
            _referee.Acts,
            claims,
            writes
        );
    }

    private async Task RestartAsync(Restart restart)
    {
        await restart.OverAsync();
        _stage.Admin.Clear();
    }

    private async Task EndAsync()
    {
        await _over.CancelAsync();
        _stage.Heal([]);
        await Task.WhenAll(_overseers);
        await _fleet.StopAsync();
        foreach (var database in _databases)
            await database.DisposeAsync();
        var store = await DesiredStore.BeginTermAsync(_stage.Admin, "scene");
        await store.RemoveSessionsAsync([.. _cluster.Sessions]);
        _stage.Clear();
        _over.Dispose();
    }

    /// <summary>Waits until someone acts for each session from now on.</summary>
    /// <returns>Those for which no one did, in words.</returns>
    private async Task<IReadOnlyList<string>> AllActAsync()
    {
        var since = Referee.Now;
        var patience = Patience;
        var quick = 0;
        while (true)
        {
            for (var look = 0; look < 20; look++)
            {
                if (_referee.Idle(_cluster.Sessions, since).Count == 0)
                    return [];
                if (_stage.Owners.FirstOrDefault(o => o.Broken is not null) is { } owner)
                    throw new InvalidOperationException($"an owner broke: {owner.Broken}");
                await Pause.ForAsync(50);
            }
            var idle = _referee.Idle(_cluster.Sessions, since);
            quick = await _stage.ConnectsWithinAsync(QuickConnection) ? quick + 1 : 0;
            var (epochs, renewals) = await Ledger.StandingAsync(_stage.Admin, _cluster.Sessions);
            if (
                patience.Judge(Referee.Now, new(idle.Count, epochs, renewals, Lives, quick)) is
                { } why
            )
                return
                [
                    .. (await Task.WhenAll(idle.Select(TellAsync))).Select(told =>
                        $"{why}; {told}"
                    ),
                ];
        }
    }

    private long Lives
    {
        get
        {
            lock (_overseers)
                return _operators.Sum(o => o.Lives);
        }
    }

    private async Task<string> TellAsync(long session)
    {
        await using var command = _stage.Admin.CreateCommand(
            """
            select format('session %s: placed on %s, owned by %s under lease epoch %s in epoch %s; leases %s', p.session_id, p.ordinal,
                          o.ordinal, o.lease_epoch, o.epoch,
                          (select string_agg(format('%s: epoch %s %s of %s, expires in %s, word %s', l.ordinal, l.epoch, l.state, l.pod_uid,
                                                    l.expires_at - wa.clock(), l.lost_counter = l.counter), '; ') from wa.shard_lease l))
              from wa.placement p left join wa.session_owner o on o.session_id = p.session_id where p.session_id = $1
            """
        );
        command.Parameters.Add(new() { Value = session });
        var told = await command.ExecuteScalarAsync() as string ?? $"session {session}: not placed";
        return $"{told}; waiting: {await WaitingAsync()}; operators: {Operators()}; connections: {await ConnectionsAsync()}";
    }

    private string Operators()
    {
        lock (_overseers)
            return string.Join(", then ", _operators.Select(o => o.Story));
    }

    private async Task<string> ConnectionsAsync()
    {
        await using var command = _stage.Admin.CreateCommand(
            """
            select string_agg(format('%s %s for %s, open for %s: %s', application_name, state, now() - state_change, now() - backend_start,
                                     left(query, 40)), '; ')
              from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
            """
        );
        return await command.ExecuteScalarAsync() as string ?? "none";
    }

    private async Task<string> WaitingAsync()
    {
        await using var command = _stage.Admin.CreateCommand(
            """
            select string_agg(format('%s %s by %s: %s', pid, application_name, pg_blocking_pids(pid), left(query, 60)), '; ')
              from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0
            """
        );
        return await command.ExecuteScalarAsync() as string ?? "none";
    }

    private void Oversee()
    {
        lock (_overseers)
        {
            var database = Database.ForWatch(_stage.ForOperator());
            _databases.Add(database);
            var overseer = new Overseer(
                database,
                _cluster,
                new DriftingTime(_schedule.Rates[^1]),
                new(_schedule.Seed + _databases.Count),
                _mutation
            );
            _operators.Add(overseer);
            _overseers.Add(overseer.RunAsync(_over.Token));
        }
    }

    private async Task SufferAsync(TimeSpan start, Fault fault)
    {
        await Pause.ForAsync(start + TimeSpan.FromMilliseconds(fault.At) - Referee.Now);
        try
        {
            await ApplyAsync(fault);
        }
        catch (NpgsqlException)
        {
            // PostgreSQL itself is away just now.
        }
    }

    private Task ApplyAsync(Fault fault) =>
        fault.Kind switch
        {
            FaultKind.LeaseSilent => SilenceAsync([_fleet.LeaseLink(fault.Target)], fault.For),
            FaultKind.WorkSilent => SilenceAsync([_fleet.WorkLink(fault.Target)], fault.For),
            FaultKind.AllSilent => SilenceAsync(LinksOf(fault), fault.For),
            FaultKind.OperatorSilent => SilenceAsync([_stage.OperatorLink], fault.For),
            FaultKind.Reset => ResetAsync(LinksOf(fault), fault.For),
            FaultKind.Forgotten => ForgetAsync(LinksOf(fault)),
            FaultKind.ClockStep => Ledger.StepAsync(
                _stage.Admin,
                TimeSpan.FromMilliseconds(fault.Amount)
            ),
            FaultKind.OperatorFollows => FollowAsync(),
            FaultKind.Move => MoveAsync(fault),
            FaultKind.Restart => _fleet.RestartAsync(fault.Target, newPod: false),
            FaultKind.Replace => _fleet.RestartAsync(fault.Target, newPod: true),
            FaultKind.Killed => _fleet.KillAsync(fault.Target, newPod: false),
            FaultKind.KilledForGood => _fleet.KillAsync(fault.Target, newPod: true),
            FaultKind.Stopped => _fleet.FreezeAsync(fault.Target, fault.For),
            FaultKind.Forced => _fleet.ForceAsync(fault.Target, fault.For),
            FaultKind.PoolReplaced => ReplacePoolAsync(fault, seen: true),
            FaultKind.PoolLost => ReplacePoolAsync(fault, seen: false),
            FaultKind.BackendsEnded => EndBackendsAsync(fault.Target),
            FaultKind.BackendStopped => StopBackendAsync(fault),
            _ => throw new InvalidOperationException($"unknown fault {fault.Kind}"),
        };

    private TcpProxy[] LinksOf(Fault fault) =>
        [_fleet.LeaseLink(fault.Target), _fleet.WorkLink(fault.Target)];

    private async Task SilenceAsync(TcpProxy[] links, int ms)
    {
        foreach (var link in links)
            link.FallSilent();
        await Pause.ForAsync(ms);
        Heal(links);
    }

    private async Task ResetAsync(TcpProxy[] links, int ms)
    {
        foreach (var link in links)
            link.Reset();
        await Pause.ForAsync(ms);
        Heal(links);
    }

    /// <summary>Ends a fault. Its owner may have died while it lasted; a way that is dead stays so.</summary>
    private void Heal(TcpProxy[] links)
    {
        foreach (var link in links.Except(_fleet.Dead))
            link.Heal();
    }

    private static Task ForgetAsync(TcpProxy[] links)
    {
        foreach (var link in links)
            link.ForgetConnections();
        return Task.CompletedTask;
    }

    private Task FollowAsync()
    {
        Oversee();
        return Task.CompletedTask;
    }

    private Task MoveAsync(Fault fault)
    {
        _cluster.Wishes[_cluster.Sessions[fault.Target]] = fault.Amount;
        return Task.CompletedTask;
    }

    private async Task ReplacePoolAsync(Fault fault, bool seen)
    {
        var next = _cluster.NextPool();
        // Past the operator: another term would end its own.
        await Ledger.RunAsync(
            _stage.Admin,
            $"insert into wa.pool (uid, namespace, name, settings) values ('{next}', 'ns', 'pool', '{Owner.Times.ToJson()}')"
        );
        await _fleet.ReplacePoolAsync(
            fault.Target,
            fault.For,
            cut: fault.Amount > 0,
            dead: fault.Amount > 0 && fault.Amount % 2 == 0,
            next,
            () => _cluster.Replace(next, seen)
        );
    }

    private Task EndBackendsAsync(int ordinal) =>
        Ledger.RunAsync(
            _stage.Admin,
            $"select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'wa-pod/{_cluster.Pool}/{ordinal}/%'"
        );

    private async Task StopBackendAsync(Fault fault)
    {
        // Best one that stands between a write and its COMMIT; there is not always one, so it is looked for during some 100 ms.
        (int Pid, bool Writes)? found = null;
        for (var looks = 0; looks < 20 && found is not { Writes: true }; looks++)
        {
            await Pause.ForAsync(looks == 0 ? 0 : 4);
            found = await _stage.BackendAsync(_cluster.Pool, fault.Target);
        }
        if (found is not { Pid: var pid })
            return;
        Native.Stop(pid);
        await Pause.ForAsync(fault.For);
        Native.Continue(pid);
    }
}
