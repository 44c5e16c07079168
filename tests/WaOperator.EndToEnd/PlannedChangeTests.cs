using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>What people do to a pool while it runs: sessions move or wait for a moment, and no one is ever replaced.</summary>
[Collection(nameof(Demo))]
public sealed class PlannedChangeTests(Demo demo)
{
    private const string Drain = "whatsapp.wa-operator.io/drain";

    [Fact]
    public async Task A_drained_shard_gives_its_sessions_away_and_is_used_again_on_request()
    {
        await demo.WaitAllConnectedAsync();
        var replaced = await ReplacedAsync();
        var pool = await PoolAsync();
        var shard = (int)(await demo.ListAsync("whatsappsessions"))[0]["status"]!["shard"]!;
        try
        {
            await AnnotateAsync(pool, $"{Drain}={shard}");
            await WaitReadyAsync(pool, "Drained");

            (await demo.ListAsync("whatsappsessions")).ShouldAllBe(s =>
                (int?)s["status"]!["shard"] != shard
            );
            await demo.WaitAllConnectedAsync();
        }
        finally
        {
            await AnnotateAsync(pool, Drain + "-");
        }
        await WaitReadyAsync(pool, "AsDeclared");
        await demo.WaitAllConnectedAsync();
        (await ReplacedAsync()).ShouldBe(replaced);
    }

    [Fact]
    public async Task A_rolling_update_replaces_every_pod_and_each_session_logs_in_once_more_at_most()
    {
        await demo.WaitAllConnectedAsync();
        var replaced = await ReplacedAsync();
        var pods = await PodsAsync();
        var logins = await LoginsAsync();
        var pool = await PoolAsync();

        await demo.KubectlAsync(
            "-n",
            Demo.Release,
            "patch",
            "whatsappsessionpool",
            pool,
            "--type=merge",
            "-p",
            """{"spec":{"podTemplate":{"annotations":{"rolled":"VALUE"}}}}""".Replace(
                "VALUE",
                $"{Guid.NewGuid():N}",
                StringComparison.Ordinal
            )
        );

        await Eventually.True(
            "every pod is replaced",
            async () => !(await PodsAsync()).Intersect(pods, StringComparer.Ordinal).Any(),
            TimeSpan.FromSeconds(180)
        );
        await WaitReadyAsync(pool, "AsDeclared");
        await demo.WaitAllConnectedAsync();
        var now = await LoginsAsync();
        logins.ShouldAllBe(l => now[l.Key] - l.Value <= 1);
        (await ReplacedAsync()).ShouldBe(replaced);
    }

    private async Task<string> PoolAsync() =>
        (string)
            (await demo.ListAsync("whatsappsessionpools", Demo.Release)).Single()["metadata"]![
                "name"
            ]!;

    private Task AnnotateAsync(string pool, string annotation) =>
        demo.KubectlAsync(
            "-n",
            Demo.Release,
            "annotate",
            "whatsappsessionpool",
            pool,
            annotation,
            "--overwrite"
        );

    private Task WaitReadyAsync(string pool, string reason) =>
        Eventually.True(
            $"the pool is Ready with reason {reason}",
            async () =>
                Demo.Condition(
                    await demo.GetAsync("whatsappsessionpool", pool, Demo.Release),
                    "Ready",
                    "reason"
                ) == reason,
            TimeSpan.FromSeconds(120)
        );

    private async Task<IReadOnlySet<string>> PodsAsync() =>
        (await demo.ListAsync("pods", Demo.Release, "app.kubernetes.io/component=session-pod"))
            .Select(p => (string)p["metadata"]!["uid"]!)
            .ToHashSet(StringComparer.Ordinal);

    private async Task<Dictionary<string, long>> LoginsAsync() =>
        (await new Simulator(demo).GetAsync("/sessions"))
            .AsArray()
            .ToDictionary(s => $"{s!["number"]}:{s["device"]}", s => (long)s!["logins"]!);

    private async Task<string> ReplacedAsync() =>
        (await new Simulator(demo).GetAsync("/stats"))["replaced"]!.ToJsonString();
}
