using System.Diagnostics;
using System.Globalization;
using WaOperator.Benchmarks.Reporting;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Operator;

/// <summary>The control plane at size: one operator process, a real API server with its audit log, a real PostgreSQL.</summary>
internal static class OperatorBench
{
    private const int RawObjects = 2000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new Arguments(args, "--sessions", "--shards", "--tenants", "--rest");
        var (sessions, shards) = (
            options.Number("--sessions", 10_000),
            options.Number("--shards", 10)
        );
        var (tenants, rest) = (options.Number("--tenants", 20), options.Number("--rest", 60));
        Console.WriteLine(
            Text(
                $"{sessions:N0} sessions of {tenants} tenants on {shards} shards that report through PostgreSQL; logins at the pool's default of 200 per second"
            )
        );
        Console.WriteLine(Machine.Describe());
        var log = Path.Combine(
            Path.GetTempPath(),
            $"wa-bench-operator-{Environment.ProcessId}.log"
        );
        Console.WriteLine($"log of the operator: {log}");
        Console.WriteLine("starting an API server and PostgreSQL");
        await using var cluster = await BenchCluster.StartAsync();
        Console.WriteLine(Text($"measuring the server's own rate with {RawObjects:N0} objects"));
        var raw = await cluster.RawWritesAsync(RawObjects);
        Console.WriteLine(
            Text($"raw: the server takes {raw:N0} writes per second from 16 writers")
        );

        var table = new Table("measure", "value");
        var aims = new Aims("operator");
        using (var first = await StartAsync(cluster, log))
        {
            await cluster.PrepareAsync(sessions, shards, tenants);
            await LoadAsync(cluster, first, sessions, tenants, raw, table, aims);
            Console.WriteLine(Text($"resting for {rest} s"));
            await RestAsync(cluster, first, rest, table);
            await first.StopAsync();
        }
        Console.WriteLine(Text($"starting the operator again, and resting for {rest} s"));
        await RestartAsync(cluster, sessions, rest, log, table, aims);
        Console.WriteLine();
        Console.WriteLine(table);
        aims.Close();
        return 0;
    }

    private static Task<OperatorProcess> StartAsync(BenchCluster cluster, string log) =>
        OperatorProcess.StartAsync(
            cluster.Server.KubeconfigPath,
            cluster.Connection,
            BenchCluster.Ns,
            log
        );

    private static async Task LoadAsync(
        BenchCluster cluster,
        OperatorProcess process,
        int sessions,
        int tenants,
        double raw,
        Table table,
        Aims aims
    )
    {
        var before = (await cluster.WritesAsync()).Count;
        var start = Stopwatch.GetTimestamp();
        var applied = TimeSpan.Zero;
        var applying = cluster
            .ApplyAsync(sessions, tenants)
            .ContinueWith(
                done =>
                {
                    applied = Stopwatch.GetElapsedTime(start);
                    return done;
                },
                TaskScheduler.Default
            )
            .Unwrap();
        var connected = await ConnectedAsync(cluster, process, sessions, applying);
        await QuietAsync(cluster);
        var writes = (await cluster.WritesAsync()).Skip(before).ToList();
        var events = writes.Count(w => w.Resource == "events");
        var others = writes.Count(w => w.Resource is not ("events" or "leases"));
        var perSession = (double)others / sessions;

        table.Add("raw write rate of the server", Text($"{raw:N0} /s"));
        table.Add("apply of all sessions (16 writers)", Text($"{applied.TotalSeconds:0.0} s"));
        table.Add(
            "from the first apply until all are placed, connected and shown",
            Text($"{connected.TotalSeconds:0.0} s")
        );
        table.Add("- of that, what the login rate alone takes", Text($"{sessions / 200.0:0.0} s"));
        table.Add(
            "- of that, what the raw rate takes for the same writes",
            Text($"{(sessions + others + events) / raw:0.0} s")
        );
        table.Add("API writes per session, without Events", Text($"{perSession:0.00}"));
        foreach (
            var kind in writes
                .CountBy(w =>
                    $"{w.Verb} {w.Resource}{(w.Subresource is "" ? "" : "/")}{w.Subresource}"
                )
                .OrderByDescending(k => k.Value)
        )
            table.Add($"- {kind.Key}", Text($"{kind.Value:N0}"));
        table.Add("Events per session", Text($"{(double)events / sessions:0.00}"));
        table.Add(
            "writes that the server refused (conflicts and others)",
            Text($"{writes.Count(w => w.Code >= 400):N0}")
        );
        if (process.Restarts > 0)
            table.Add("the operator ended by itself, times", Text($"{process.Restarts}"));
        aims.Add(
            "at most 4 API writes per session, Events apart",
            perSession <= 4,
            Text($"{perSession:0.00}")
        );
    }

    /// <summary>Memory and processor time while nothing happens.</summary>
    private static async Task RestAsync(
        BenchCluster cluster,
        OperatorProcess process,
        int seconds,
        Table table
    )
    {
        var (cpu, before) = (process.Cpu(), (await cluster.WritesAsync()).Count);
        var start = Stopwatch.GetTimestamp();
        await PassAsync(seconds);
        var used = (process.Cpu() - cpu) / Stopwatch.GetElapsedTime(start);
        table.Add(
            "operator at rest: resident memory",
            Text($"{process.Resident() / 1048576.0:0} MiB")
        );
        table.Add("operator at rest: processor", Text($"{used * 1000:0} millicores"));
        table.Add(
            Text($"operator at rest: writes in {seconds} s, its Lease apart"),
            Text($"{await OthersAsync(cluster, before)}")
        );
    }

    private static async Task RestartAsync(
        BenchCluster cluster,
        int sessions,
        int rest,
        string log,
        Table table,
        Aims aims
    )
    {
        var placement = await cluster.PlacementAsync();
        var before = (await cluster.WritesAsync()).Count;
        var start = Stopwatch.GetTimestamp();
        using var second = await StartAsync(cluster, log);
        table.Add(
            "restart of the operator: until it leads",
            Text($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s")
        );
        await PassAsync(Math.Max(rest, 20));
        await ConnectedAsync(cluster, second, sessions, Task.CompletedTask);
        var writes = await OthersAsync(cluster, before);
        table.Add("restart of the operator: writes, its Lease apart", Text($"{writes}"));
        table.Add(
            "restart of the operator: resident memory",
            Text($"{second.Resident() / 1048576.0:0} MiB")
        );
        aims.Add(
            "a restart of the operator writes nothing but its Lease",
            writes == 0,
            Text($"{writes} writes")
        );
        aims.Add(
            "a restart of the operator moves no session",
            await cluster.PlacementAsync() == placement,
            "placement compared"
        );
        await second.StopAsync();
    }

    private static async Task<int> OthersAsync(BenchCluster cluster, int before) =>
        (await cluster.WritesAsync()).Skip(before).Count(w => w.Resource != "leases");

    /// <summary>Waits until the operator has written nothing for five seconds.</summary>
    private static Task QuietAsync(BenchCluster cluster)
    {
        var (count, since) = (-1, Stopwatch.GetTimestamp());
        return Progress.UntilAsync(
            "the operator has come to rest",
            TimeSpan.FromMinutes(5),
            async () =>
            {
                var now = await OthersAsync(cluster, 0);
                if (now != count)
                    (count, since) = (now, Stopwatch.GetTimestamp());
                return Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(5);
            },
            () => Task.FromResult(Text($"it has written {count:N0} times"))
        );
    }

    /// <summary>Waits until all sessions are applied, and shown as connected on a shard.</summary>
    private static Task<TimeSpan> ConnectedAsync(
        BenchCluster cluster,
        OperatorProcess process,
        int sessions,
        Task applying
    ) =>
        Progress.UntilAsync(
            Text($"{sessions:N0} sessions are placed, connected and shown"),
            Limit,
            async () =>
            {
                if (applying.IsFaulted)
                    await applying;
                await cluster.ShardsGoOnAsync();
                await process.KeepRunningAsync();
                return applying.IsCompleted && cluster.Connected == sessions;
            },
            async () =>
            {
                var (placed, owned) = await cluster.StoredAsync();
                return Text(
                    $"{cluster.Applied:N0} applied, {placed:N0} placed, {owned:N0} owned by their shard, {cluster.Connected:N0} shown as connected; operator {process.Resident() / 1048576.0:0} MiB"
                );
            }
        );

    private static async Task PassAsync(int seconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        await timer.WaitForNextTickAsync();
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
