using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task A_wrong_master_key_refuses_to_start_and_says_so()
    {
        await using var world = await PodWorld.StartAsync();
        await using (var first = ChildPod.Start(world.Options(0, "pod-a")))
        {
            await first.HoldsLeaseAsync();
            await world.PairedAsync(0);
            (await first.TerminateAsync()).ShouldBe(0, first.Output);
        }
        await world.MasterKeyAsync(2);

        await using var second = ChildPod.Start(world.Options(0, "pod-a"));

        (await second.ExitAsync()).ShouldBe(1, second.Output);
        second.Output.ShouldContain("wrong master key");
        second.Output.ShouldNotContain(
            Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray())
        );
        (await OwnershipTests.LeaseAsync(world, 0)).Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_missing_setting_ends_the_process_with_one_line()
    {
        await using var world = await PodWorld.StartAsync();
        var options = world.Options(0, "pod-a");
        await using var pod = ChildPod.Start(
            options with
            {
                MasterKeyFile = "/nowhere/key",
                Identity = options.Identity with { PodUid = "" },
            }
        );
        (await pod.ExitAsync()).ShouldBe(1);
        pod.Output.ShouldContain("WA__Pod__Uid");
        pod.Output.Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public async Task Health_and_metrics_tell_what_the_pod_does()
    {
        await using var world = await PodWorld.StartAsync();
        // In a process of its own: what it says of the process is of this pod alone.
        var options = world.Options(0, "pod-a") with
        {
            Port = PostgresServer.FreePort(),
        };
        await using var pod = ChildPod.Start(options);
        using var http = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{options.Port}"),
        };
        await world.PairedAsync(0);
        (await http.GetStringAsync("/livez")).ShouldBe("ok\n");
        (await http.GetStringAsync("/readyz")).ShouldBe("ok\n");
        var text = await Eventually.Get(
            "a renewal is counted",
            async () =>
                await http.GetStringAsync("/metrics") is var metrics
                && metrics.Contains("outcome=\"renewed\"", StringComparison.Ordinal)
                    ? metrics
                    : null
        );
        foreach (
            var line in (string[])
                [
                    "wa_sessions{phase=\"Connected\"} 1",
                    "wa_sessions{phase=\"Pairing\"} 0",
                    "wa_act_gate_open 1",
                    "wa_lease_epoch 1",
                    "wa_logins_total 2",
                ]
        )
            text.Split('\n').ShouldContain(line);
        text.ShouldContain("wa_group_commit_seconds_bucket");
        text.ShouldContain("process_resident_memory_bytes");
    }

    [Fact]
    public async Task Damaged_keys_are_told_and_harm_no_other_session()
    {
        await using var world = await PodWorld.StartAsync();
        var damaged = await world.SessionAsync(0);
        var sound = await world.SessionAsync(0);
        await using (var first = ChildPod.Start(world.Options(0, "pod-a")))
        {
            await first.HoldsLeaseAsync();
            foreach (var session in (TestSession[])[damaged, sound])
            {
                await session.ScanAsync();
                await session.PhaseAsync(SessionPhase.Connected);
            }
            await first.KillAsync();
        }
        await world.SqlAsync(
            $"update wa.session_key set ciphertext = set_byte(ciphertext, 40, 255 - get_byte(ciphertext, 40)) where session_id = {damaged.Id}"
        );

        await world.PodAsync(0, "pod-a");

        await sound.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        var state = await damaged.PhaseAsync(SessionPhase.Reconnecting);
        state.Reason.ShouldBe("KeysUnreadable");
        state.Paired.ShouldBeTrue();
        (await damaged.KeysAsync()).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_change_of_the_pool_acts_without_a_restart()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = ChildPod.Start(world.Options(0, "pod-a"));
        await pod.HoldsLeaseAsync();
        var session = await world.PairedAsync(0);
        var settings = PodWorld.Quick with { LogLevel = "Error", LeaseTtlMs = 9_000 };
        await world.Desired.PutPoolAsync(new(PodWorld.Pool, "ns", "default", settings));
        await Eventually.True(
            "the lease lives longer",
            async () =>
                (bool)
                    (
                        await world.SqlAsync(
                            "select expires_at > wa.clock() + interval '5 s' from wa.shard_lease"
                        )
                    )!
        );
        var lines = pod.Output.Split('\n').Length;
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);
        pod.Output.Split('\n').Length.ShouldBe(lines);
        (await session.SeenAsync())!.Logins.ShouldBe(1);
    }
}
