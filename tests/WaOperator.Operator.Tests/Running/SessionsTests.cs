using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Sessions from declaration to deletion, on a real API server and a real PostgreSQL.</summary>
public sealed class SessionsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Sessions_are_placed_connected_and_shown_and_then_nothing_is_written()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync(shards: 2);
        await world.TenantAsync();
        for (var i = 0; i < 5; i++)
            await world.SessionAsync($"s{i}", $"49170000000{i}");

        for (var i = 0; i < 5; i++)
        {
            var session = await world.UntilConnectedAsync($"s{i}");
            session.Status!.Phase.ShouldBe(SessionPhases.Connected);
            session.Status.Pod.ShouldBe($"wa-default-{session.Status.Shard}");
            session.Status.DeviceId.ShouldBe(7);
            session.Status.Conditions.IsTrue(ConditionTypes.Ready).ShouldBeTrue();
            session.Metadata.HasFinalizer(WhatsAppFinalizers.Session).ShouldBeTrue();
        }
        shards.Sum(s => s.Owned.Count).ShouldBe(5);
        var tenant = await world.UntilAsync<WhatsAppTenant>(
            "acme",
            "5 connected",
            t => t.Status?.Sessions?.Connected == 5
        );
        tenant.Status!.Sessions!.Total.ShouldBe(5);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "5 sessions",
            p => p.Status?.Sessions == 5
        );
        await world.UntilEventAsync("s0", "Connected");
        await world.QuietAsync(seconds: 6);
        await TamperAsync<WhatsAppSession>("s0", """{"status":{"phase":"Banned"}}""");
        await TamperAsync<WhatsAppTenant>("acme", """{"status":{"sessions":{"total":99}}}""");
        await world.UntilAsync<WhatsAppSession>(
            "s0",
            "its status is put right",
            s => s.Status?.Phase == SessionPhases.Connected
        );
        await world.UntilAsync<WhatsAppTenant>(
            "acme",
            "its status is put right",
            t => t.Status?.Sessions?.Total == 5
        );
        (await world.WritesAsync())
            .Where(w => w.Resource == "whatsappsessions" && w.Name == "s0")
            .Count()
            .ShouldBeLessThanOrEqualTo(5, "writes of one session, and one to put it right");

        Task TamperAsync<T>(string name, string patch)
            where T : class, Kubernetes.Objects.IKubernetesObject<T> =>
            world.Client.PatchMergeAsync<T>(
                name,
                world.Ns,
                System.Text.Json.Nodes.JsonNode.Parse(patch)!,
                "status"
            );
    }

    [Fact]
    public async Task Above_the_caps_a_session_waits_with_a_reason_and_connects_when_they_are_raised()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync(shards: 2, sessionsPerShard: 1);
        await world.TenantAsync();
        await world.SessionAsync("a", "491700000001");
        await world.SessionAsync("b", "491700000002");
        await world.UntilConnectedAsync("a");
        await world.UntilConnectedAsync("b");
        await world.SessionAsync("c", "491700000003");

        var waiting = await world.UntilSessionAsync(
            "c",
            ConditionTypes.Placed,
            "False",
            "NoCapacity"
        );
        waiting.Status!.Phase.ShouldBe(SessionPhases.Unplaced);
        waiting.Status.Pod.ShouldBeNull();
        await world.UntilEventAsync("c", "NoCapacity");
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "1 waits",
            p => p.Status?.Unplaced == 1
        );

        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"perShard":{"sessions":2}}}"""
        );
        await world.UntilConnectedAsync("c");
        await world.UntilEventAsync("c", "Placed");
        (await world.EventsAsync("a")).ShouldAllBe(e => e.Type == "Normal");
    }

    [Fact]
    public async Task Bad_resources_are_told_and_disturb_nothing_else()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("good", "491700000001");
        var good = await world.UntilConnectedAsync("good");

        await world.SessionAsync("orphan", "491700000002", tenant: "nobody");
        await world.SessionAsync("homeless", "491700000003", s => s with { Pool = "nowhere" });
        await world.SessionAsync("twin", "491700000001");
        var taken = await world.BreakAsync<WhatsAppSession>(
            "good",
            """{"spec":{"phoneNumber":"491700000009"}}""",
            "phoneNumber is immutable"
        );

        var orphan = await world.UntilSessionAsync(
            "orphan",
            ConditionTypes.Stalled,
            "True",
            Reasons.TenantNotFound
        );
        orphan.Status!.Message!.ShouldContain("nobody");
        await world.UntilEventAsync("orphan", Reasons.TenantNotFound);
        await world.UntilSessionAsync(
            "homeless",
            ConditionTypes.Stalled,
            "True",
            Reasons.PoolNotFound
        );
        var twin = await world.UntilSessionAsync(
            "twin",
            ConditionTypes.Stalled,
            "True",
            Reasons.Conflict
        );
        twin.Status!.Message!.ShouldContain("good");
        var changed = taken
            ? await world.UntilSessionAsync(
                "good",
                ConditionTypes.Stalled,
                "True",
                Reasons.ImmutableFieldChanged
            )
            : await world.UntilConnectedAsync("good");
        changed.Status!.Conditions.IsTrue(ConditionTypes.Connected).ShouldBeTrue();
        changed.Status.Epoch.ShouldBe(good.Status!.Epoch, "it was not touched");
        (await world.SqlAsync<string>("select phone from wa.session")).ShouldBe("491700000001");
        (await world.SqlAsync<long>("select count(*) from wa.session")).ShouldBe(1);

        await world.PatchAsync<WhatsAppSession>(
            "good",
            """{"spec":{"phoneNumber":"491700000001"}}"""
        );
        await world.UntilSessionAsync("good", ConditionTypes.Ready);
        await world.TenantAsync("nobody");
        await world.UntilConnectedAsync("orphan");
        await world.QuietAsync(seconds: 3);
    }

    [Fact]
    public async Task Of_two_with_one_phone_the_second_follows_when_the_first_is_gone()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("first", "491700000001");
        await world.UntilConnectedAsync("first");
        await world.SessionAsync("second", "491700000001");
        await world.UntilSessionAsync("second", ConditionTypes.Stalled, "True", Reasons.Conflict);

        await world.Client.DeleteAsync<WhatsAppSession>("first", world.Ns);

        await world.UntilConnectedAsync("second");
    }

    [Fact]
    public async Task A_deleted_session_is_unlinked_and_its_rows_are_gone()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("goes", "491700000001");
        await world.UntilConnectedAsync("goes");
        var unlinked = 0;
        shards[0].Script = (a, standard) =>
        {
            if (a.Desired == DesiredState.Deleting)
                Interlocked.Exchange(ref unlinked, 1);
            return standard;
        };

        await world.Client.DeleteAsync<WhatsAppSession>("goes", world.Ns);

        await world.GoneAsync<WhatsAppSession>("goes");
        unlinked.ShouldBe(1);
        (await world.SqlAsync<long>("select count(*) from wa.session")).ShouldBe(0);
        (await world.SqlAsync<long>("select count(*) from wa.placement")).ShouldBe(0);
    }

    [Fact]
    public async Task Skipping_the_unlinking_and_having_nothing_to_unlink_both_go_at_once()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync(sessionsPerShard: 1);
        await world.TenantAsync();
        await world.SessionAsync("skips", "491700000001");
        await world.UntilConnectedAsync("skips");
        await world.SessionAsync("waits", "491700000002");
        await world.UntilSessionAsync("waits", ConditionTypes.Placed, "False", "NoCapacity");
        // No one is there who could unlink.
        await shards[0].CrashAsync();

        await world.Client.DeleteAsync<WhatsAppSession>("waits", world.Ns);
        await world.GoneAsync<WhatsAppSession>("waits");
        await world.PatchAsync<WhatsAppSession>(
            "skips",
            """{"metadata":{"annotations":{"whatsapp.wa-operator.io/skip-unlink":"true"}}}"""
        );
        await world.Client.DeleteAsync<WhatsAppSession>("skips", world.Ns);
        await world.GoneAsync<WhatsAppSession>("skips");
        (await world.SqlAsync<long>("select count(*) from wa.session")).ShouldBe(0);
    }

    [Fact]
    public async Task Retained_keys_are_adopted_by_the_same_tenant_and_phone()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("old", "491700000001", s => s with { DeletionPolicy = "Retain" });
        await world.UntilConnectedAsync("old");
        var row = await world.SqlAsync<long>("select id from wa.session");

        await world.Client.DeleteAsync<WhatsAppSession>("old", world.Ns);
        await world.GoneAsync<WhatsAppSession>("old");
        (await world.SqlAsync<string>("select desired from wa.session")).ShouldBe("Retained");
        await world.SessionAsync("new", "491700000001");

        await world.UntilConnectedAsync("new");
        (await world.SqlAsync<long>("select id from wa.session")).ShouldBe(row);
        await world.Client.DeleteAsync<WhatsAppSession>("new", world.Ns);
        await world.GoneAsync<WhatsAppSession>("new");
    }

    [Fact]
    public async Task The_code_stands_in_a_Secret_while_it_is_current_and_only_then()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        var code = "2@first";
        var scanned = false;
        shards[0].Script = (a, standard) =>
            scanned
                ? standard
                : FakeShard.State(a, standard.Epoch, SessionPhase.Pairing, paired: false) with
                {
                    Pairing = new(a.Id, standard.Epoch, "QR", code, 1, 6, Make.Now.AddYears(9)),
                };
        await world.TenantAsync();
        await world.SessionAsync("pairs", "491700000001");

        await UntilCodeAsync("2@first");
        var session = await world.UntilAsync<WhatsAppSession>(
            "pairs",
            "it names its Secret",
            s => s.Status?.PairingSecret == "pairs-pairing"
        );
        session.Status!.Phase.ShouldBe(SessionPhases.Pairing);
        (
            await world.Client.GetAsync<Secret>("pairs-pairing", world.Ns)
        )!.Metadata.Controller!.Uid.ShouldBe(session.Metadata.Uid);
        await world.QuietAsync(seconds: 2);
        code = "2@second";
        await UntilCodeAsync("2@second");
        scanned = true;
        await world.GoneAsync<Secret>("pairs-pairing");
        (await world.UntilConnectedAsync("pairs")).Status!.PairingSecret.ShouldBeNull();

        Task UntilCodeAsync(string expected) =>
            world.UntilAsync<Secret>(
                "pairs-pairing",
                $"the code is {expected}",
                s => System.Text.Encoding.UTF8.GetString(s.Data!["qr"]) == expected
            );
    }

    [Fact]
    public async Task A_stranger_s_Secret_of_that_name_is_left_alone()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        shards[0].Script = (a, standard) =>
            a.Desired == DesiredState.Deleting
                ? standard
                : FakeShard.State(a, standard.Epoch, SessionPhase.Pairing, paired: false) with
                {
                    Pairing = new(a.Id, standard.Epoch, "QR", "2@x", 1, 6, Make.Now.AddYears(9)),
                };
        await world.Client.CreateAsync(
            new Secret
            {
                Metadata = new() { Name = "pairs-pairing", Namespace = world.Ns },
                Data = new Dictionary<string, byte[]> { ["mine"] = [1] },
            }
        );
        await world.TenantAsync();
        await world.SessionAsync("pairs", "491700000001");

        await world.UntilEventAsync("pairs", Reasons.SecretInvalid);
        await world.Client.DeleteAsync<WhatsAppSession>("pairs", world.Ns);
        await world.GoneAsync<WhatsAppSession>("pairs");
        (await world.Client.GetAsync<Secret>("pairs-pairing", world.Ns))!.Data!.Keys.ShouldBe([
            "mine",
        ]);
    }

    [Fact]
    public async Task Stopping_suspending_and_asking_for_a_code_reach_the_shard()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");

        await world.PatchAsync<WhatsAppSession>("s", """{"spec":{"state":"Stopped"}}""");
        var stopped = await world.UntilAsync<WhatsAppSession>(
            "s",
            "stopped",
            s => s.Status?.Phase == SessionPhases.Stopped
        );
        stopped.Status!.Conditions.IsTrue(ConditionTypes.Ready).ShouldBeTrue();
        await Eventually.True("the shard let it go", () => shards[0].Owned.Count == 0);
        await world.PatchAsync<WhatsAppSession>("s", """{"spec":{"state":"Active"}}""");
        await world.UntilConnectedAsync("s");

        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"suspended":true}}""");
        await world.UntilSessionAsync(
            "s",
            ConditionTypes.Connected,
            "False",
            Reasons.TenantSuspended
        );
        await Eventually.True("the shard let it go", () => shards[0].Owned.Count == 0);
        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"suspended":false}}""");
        await world.UntilConnectedAsync("s");

        await world.PatchAsync<WhatsAppSession>(
            "s",
            """{"metadata":{"annotations":{"whatsapp.wa-operator.io/pair":"again"}}}"""
        );
        await world.UntilAsync<WhatsAppSession>(
            "s",
            "the request was seen",
            s => s.Status?.PairingRequest == "again"
        );
    }

    [Fact]
    public async Task A_tenant_waits_with_its_deletion_for_its_sessions_and_says_so()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");

        await world.Client.DeleteAsync<WhatsAppTenant>("acme", world.Ns);

        await world.UntilAsync<WhatsAppTenant>(
            "acme",
            "says what it waits for",
            t => t.Status?.Conditions.Find("Reconciling")?.Message?.Contains("1 session") == true
        );
        await world.SessionAsync("late", "491700000002");
        await world.UntilSessionAsync(
            "late",
            ConditionTypes.Stalled,
            "True",
            Reasons.TenantDeleting
        );
        await world.Client.DeleteAsync<WhatsAppSession>("late", world.Ns);
        await world.Client.DeleteAsync<WhatsAppSession>("s", world.Ns);
        await world.GoneAsync<WhatsAppTenant>("acme");
        (await world.SqlAsync<long>("select count(*) from wa.tenant")).ShouldBe(0);
    }
}
