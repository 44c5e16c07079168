using System.Text.Json.Nodes;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Forwarding;

/// <summary>The rows of the gateway's table, with real PostgreSQL and pods that fail as they are told.</summary>
public sealed class ForwarderTests
{
    [Fact]
    public async Task A_request_goes_to_the_owner_as_it_came_and_its_answer_comes_back()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = http =>
        {
            http.Response.Headers["Wa-Message-Id"] = "abc";
            http.Response.Headers.Connection = "close";
            http.Response.Headers["RateLimit"] = "\"tenant-minute\";r=0;t=9";
            http.Response.Headers.RetryAfter = "9";
            return FakePod.JsonAsync(http, 409, """{"type":"urn:wa:problem:not-paired"}""");
        };
        using var tenant = new Tenant(await world.GatewayAsync());
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{session.Path}/messages/a%2Fb?chat=x%20y"
        );
        request.Headers.Add(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        );
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");

        var answer = await tenant.AskAsync(request);

        answer.Status.ShouldBe(409);
        answer.Slug.ShouldBe("not-paired");
        answer.Headers.GetValues("Wa-Message-Id").ShouldBe(["abc"]);
        answer.Headers.GetValues("RateLimit").ShouldBe(["\"tenant-minute\";r=0;t=9"]);
        answer.Headers.RetryAfter!.ToString().ShouldBe("9");
        answer.Headers.Connection.ShouldBeEmpty();
        var asked = pod.Requests.ShouldHaveSingleItem();
        asked.Path.ShouldBe($"{session.Path}/messages/a%2Fb?chat=x%20y");
        asked.Headers.Authorization.ToString().ShouldBe($"Bearer {GatewayWorld.ApiKey}");
        asked.Headers.TraceParent.ToString().ShouldStartWith("00-0af7651916cd43dd8448eb211c80319c");
        asked.Headers["X-Forwarded-For"].ToString().ShouldBe("203.0.113.7, 127.0.0.1");
        asked.Headers["X-Forwarded-Proto"].ToString().ShouldBe("http");
        asked.Headers.Host.ToString().ShouldBe(pod.Address);
    }

    [Fact]
    public async Task Foreign_unknown_and_keyless_are_refused_before_a_pod_is_asked()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        await world.TenantAsync("other", "other-key");
        var gateway = await world.GatewayAsync();
        using var own = new Tenant(gateway);
        using var other = new Tenant(gateway, "other-key");
        using var keyless = new Tenant(gateway, null);

        (await keyless.GetAsync(session.Path)).Status.ShouldBe(401);
        (await own.GetAsync("/v1/sessions/ns/none")).Slug.ShouldBe("unknown-session");
        (await other.GetAsync(session.Path)).Slug.ShouldBe("unknown-session");
        pod.Requests.ShouldBeEmpty();
        (await own.GetAsync(session.Path)).Status.ShouldBe(202);
    }

    [Fact]
    public async Task After_421_the_request_goes_where_the_directory_says_never_where_the_pod_does()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        (await tenant.GetAsync(session.Path)).Status.ShouldBe(202);
        await world.OwnAsync(session, b);
        a.Answer = FakePod.NotOwnerAsync;

        var answer = await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"to":"1","text":"x"}"""
        );

        answer.Status.ShouldBe(202);
        a.Requests.Count.ShouldBe(2);
        var second = b.Requests.ShouldHaveSingleItem();
        second.Body.ShouldBe(a.Requests.Last().Body);
        (await tenant.GetAsync(session.Path)).Status.ShouldBe(202);
        a.Requests.Count.ShouldBe(2, "the former owner is forgotten");
    }

    [Fact]
    public async Task A_request_without_an_owner_waits_for_one()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync();
        var gateway = await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(15) });
        using var tenant = new Tenant(gateway);

        var answer = tenant.PostAsync($"{session.Path}/read", """{"chat":"x"}""");
        await HeldAsync(gateway, 1);
        await world.OwnAsync(session, pod);

        (await answer).Status.ShouldBe(202);
        await HeldAsync(gateway, 0);
    }

    [Fact]
    public async Task A_wait_ends_with_503_moving_and_so_does_one_too_many()
    {
        await using var world = await GatewayWorld.StartAsync();
        var session = await world.SessionAsync();
        var gateway = await world.GatewayAsync(o =>
            o with
            {
                Hold = TimeSpan.FromSeconds(2),
                MaxHeld = 1,
            }
        );
        using var tenant = new Tenant(gateway);
        var first = tenant.GetAsync($"{session.Path}/groups");
        await HeldAsync(gateway, 1);

        var one = await tenant.GetAsync($"{session.Path}/groups");

        (one.Status, one.Slug).ShouldBe((503, "moving"));
        one.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
        ((bool)one.Body!["retryable"]!).ShouldBeTrue();
        first.IsCompleted.ShouldBeFalse("it waits still");
        (await first).Slug.ShouldBe("moving");
    }

    [Fact]
    public async Task A_request_waits_while_the_owner_says_moving_until_it_serves_again()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var times = 0;
        pod.Answer = http =>
            Interlocked.Increment(ref times) == 1
                ? FakePod.MovingAsync(http)
                : FakePod.AcceptAsync(http);
        using var tenant = new Tenant(await world.GatewayAsync());

        (await tenant.PostAsync($"{session.Path}/read", "{}")).Status.ShouldBe(202);
        times.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_whose_pod_is_lost_is_sent_once_more_with_the_same_id(
        bool inTheMiddle
    )
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        a.Answer = async http =>
        {
            await world.OwnAsync(session, b);
            await (inTheMiddle ? FakePod.DieInTheMiddleAsync(http) : FakePod.DieAsync(http));
        };
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);

        var answer = await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"to":"1","text":"x"}"""
        );

        answer.Status.ShouldBe(202);
        var id = IdOf(a.Requests.ShouldHaveSingleItem());
        id.ShouldMatch("^3EB0[0-9A-F]{18}$");
        IdOf(b.Requests.ShouldHaveSingleItem()).ShouldBe(id);
        (await MetricsAsync(gateway)).ShouldContain("wa_gateway_resends_total{reason=\"lost\"} 1");
    }

    [Fact]
    public async Task A_message_whose_lost_pod_is_still_named_waits_for_the_next_owner()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        var killed = Task.CompletedTask;
        a.Answer = http =>
        {
            killed = world.KillAsync(a);
            return FakePod.DieAsync(http);
        };
        var gateway = await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(15) });
        using var tenant = new Tenant(gateway);

        var answer = tenant.PostAsync($"{session.Path}/messages", """{"to":"1","text":"x"}""");
        await HeldAsync(gateway, 1);
        await world.OwnAsync(session, b);

        (await answer).Status.ShouldBe(202);
        IdOf(b.Requests.ShouldHaveSingleItem()).ShouldBe(IdOf(a.Requests.ShouldHaveSingleItem()));
        await killed;
    }

    [Fact]
    public async Task A_message_that_was_lost_with_its_pod_is_not_said_to_be_undone()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = async http =>
        {
            await world.ReleaseAsync(session);
            await FakePod.DieAsync(http);
        };
        using var tenant = new Tenant(
            await world.GatewayAsync(o =>
                o with
                {
                    Hold = TimeSpan.FromSeconds(1),
                    PlannedHold = TimeSpan.FromSeconds(1),
                }
            )
        );

        var answer = await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"to":"1","text":"x","id":"order12345"}"""
        );

        (answer.Status, answer.Slug).ShouldBe((502, "outcome-unknown"));
        ((string)answer.Body!["detail"]!).ShouldContain("order12345");
        pod.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_planned_change_is_waited_for_longer_than_a_crash()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (leaving, crashed) = (await world.PodAsync(0), await world.PodAsync(1));
        var (given, lost) = (await world.SessionAsync(leaving), await world.SessionAsync(crashed));
        await world.ReleaseAsync(given);
        await world.ExpireAsync(crashed);
        var gateway = await world.GatewayAsync(o =>
            o with
            {
                Hold = TimeSpan.Zero,
                PlannedHold = TimeSpan.FromSeconds(30),
            }
        );
        using var tenant = new Tenant(gateway);

        var held = tenant.GetAsync($"{given.Path}/groups");
        await HeldAsync(gateway, 1);
        (await tenant.GetAsync($"{lost.Path}/groups")).Slug.ShouldBe("moving");
        await world.OwnAsync(given, leaving);

        (await held).Status.ShouldBe(202);
    }

    [Fact]
    public async Task A_session_that_is_stopped_while_a_request_waits_ends_the_wait()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        await world.ReleaseAsync(session);
        var gateway = await world.GatewayAsync(o =>
            o with
            {
                PlannedHold = TimeSpan.FromSeconds(30),
            }
        );
        using var tenant = new Tenant(gateway);

        var held = tenant.GetAsync($"{session.Path}/groups");
        await HeldAsync(gateway, 1);
        await world.SqlAsync($"update wa.session set desired = 'Stopped' where id = {session.Id}");

        var answer = await held;
        (answer.Status, answer.Slug).ShouldBe((409, "stopped"));
    }

    [Theory]
    [InlineData("store-away")]
    [InlineData("outcome-unknown")]
    public async Task A_message_that_a_pod_could_not_write_is_sent_to_it_again_with_its_id(
        string slug
    )
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var times = 0;
        pod.Answer = http =>
            Interlocked.Increment(ref times) == 1
                ? FakePod.ProblemAsync(http, 503, slug)
                : FakePod.AcceptAsync(http);
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"to":"1","text":"x"}"""
        );

        answer.Status.ShouldBe(202);
        var ids = pod.Requests.Select(IdOf).ToArray();
        ids.Length.ShouldBe(2);
        ids[1].ShouldBe(ids[0]);
    }

    [Fact]
    public async Task A_pod_without_PostgreSQL_is_waited_for_and_then_its_answer_is_told()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = http => FakePod.ProblemAsync(http, 503, "store-away");
        using var tenant = new Tenant(
            await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(1) })
        );

        var read = await tenant.GetAsync($"{session.Path}/groups");
        (read.Status, read.Slug).ShouldBe((503, "store-away"));
        pod.Requests.Count.ShouldBeGreaterThan(1);

        pod.Requests.Clear();
        var write = await tenant.PostAsync($"{session.Path}/groups", """{"subject":"x"}""");
        (write.Status, write.Slug).ShouldBe((503, "store-away"));
        pod.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_message_is_sent_again_a_few_times_only_and_the_client_is_told_its_id()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = FakePod.DieAsync;
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"to":"1","text":"x","id":"order12345"}"""
        );

        (answer.Status, answer.Slug).ShouldBe((502, "outcome-unknown"));
        ((string)answer.Body!["detail"]!).ShouldContain("order12345");
        pod.Requests.Count.ShouldBe(1 + Verdict.MaxResends);
    }

    [Fact]
    public async Task Another_write_whose_pod_is_lost_is_not_sent_again()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = FakePod.DieAsync;
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.PostAsync($"{session.Path}/groups", """{"subject":"x"}""");

        (answer.Status, answer.Slug).ShouldBe((502, "outcome-unknown"));
        ((bool)answer.Body!["retryable"]!).ShouldBeFalse();
        pod.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_write_to_a_pod_that_does_not_listen_goes_to_the_next_owner()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (dead, b) = (await world.PodAsync(0, runs: false), await world.PodAsync(1));
        var session = await world.SessionAsync(dead);
        var gateway = await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(15) });
        using var tenant = new Tenant(gateway);

        var answer = tenant.PostAsync($"{session.Path}/groups", """{"subject":"x"}""");
        await HeldAsync(gateway, 1);
        await world.OwnAsync(session, b);

        (await answer).Status.ShouldBe(202);
        b.Requests.ShouldHaveSingleItem().Body.ShouldBe("""{"subject":"x"}""");
    }

    [Fact]
    public async Task A_pod_that_hangs_is_given_up_and_a_read_asked_again()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var times = 0;
        pod.Answer = http =>
            Interlocked.Increment(ref times) == 1
                ? new TaskCompletionSource().Task.WaitAsync(http.RequestAborted)
                : FakePod.AcceptAsync(http);
        using var tenant = new Tenant(
            await world.GatewayAsync(o => o with { AnswerLimit = TimeSpan.FromSeconds(1) })
        );

        (await tenant.GetAsync(session.Path)).Status.ShouldBe(202);
        times.ShouldBe(2);
    }

    [Fact]
    public async Task The_resend_budget_bounds_what_is_sent_twice()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = FakePod.DieAsync;
        using var tenant = new Tenant(await world.GatewayAsync(o => o with { ResendPercent = 0 }));

        (await tenant.GetAsync(session.Path)).Slug.ShouldBe("moving");
        pod.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_pod_that_hangs_takes_no_more_of_the_gateway_than_its_share()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (hung, well) = (await world.PodAsync(0), await world.PodAsync(1));
        var (slow, quick) = (await world.SessionAsync(hung), await world.SessionAsync(well));
        using var go = new CancellationTokenSource();
        hung.Answer = async http =>
        {
            await new TaskCompletionSource()
                .Task.WaitAsync(go.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FakePod.AcceptAsync(http);
        };
        using var tenant = new Tenant(await world.GatewayAsync(o => o with { MaxPerPod = 10 }));
        var waiting = Enumerable.Range(0, 10).Select(_ => tenant.GetAsync(slow.Path)).ToArray();
        await Testing.Eventually.True("ten wait", () => hung.Requests.Count == 10);

        (await tenant.GetAsync(slow.Path)).Slug.ShouldBe("busy");
        (await tenant.GetAsync(quick.Path)).Status.ShouldBe(202);

        await go.CancelAsync();
        (await Task.WhenAll(waiting)).ShouldAllBe(a => a.Status == 202);
    }

    [Fact]
    public async Task An_Idempotency_Key_gives_the_same_id_each_time_and_for_each_session_another()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var (one, two) = (await world.SessionAsync(pod), await world.SessionAsync(pod));
        using var tenant = new Tenant(await world.GatewayAsync());
        foreach (var session in (FakeSession[])[one, one, two])
            (
                await tenant.PostAsync(
                    $"{session.Path}/messages",
                    """{"to":"1","text":"x"}""",
                    "order 1"
                )
            ).Status.ShouldBe(202);

        var ids = pod.Requests.Select(IdOf).ToArray();
        ids.ShouldAllBe(id => id.StartsWith("3EB0"));
        ids[1].ShouldBe(ids[0]);
        ids[2].ShouldNotBe(ids[0]);
        (await tenant.PostAsync($"{one.Path}/messages", "{}", new string('k', 256))).Slug.ShouldBe(
            "invalid-body"
        );
    }

    [Fact]
    public async Task A_restart_of_PostgreSQL_is_waited_for()
    {
        await using var world = await GatewayWorld.StartAsync(ownServer: true);
        var session = await world.SessionAsync(await world.PodAsync(0));
        var gateway = await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(15) });
        using var tenant = new Tenant(gateway);

        await world.Server.StopAsync();
        var answer = tenant.GetAsync(session.Path);
        await HeldAsync(gateway, 1);
        await world.Server.StartAgainAsync();

        (await answer).Status.ShouldBe(202);
        await HeldAsync(gateway, 0);
    }

    [Fact]
    public async Task While_PostgreSQL_is_away_known_owners_serve_and_others_are_told_so()
    {
        await using var world = await GatewayWorld.StartAsync(ownServer: true);
        var pod = await world.PodAsync(0);
        var (known, unknown) = (await world.SessionAsync(pod), await world.SessionAsync(pod));
        using var tenant = new Tenant(
            await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(1) })
        );
        (await tenant.GetAsync(known.Path)).Status.ShouldBe(202);

        await world.Server.StopAsync();
        var away = await tenant.GetAsync(unknown.Path);

        (away.Status, away.Slug).ShouldBe((503, "store-away"));
        away.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        (await tenant.GetAsync(known.Path)).Status.ShouldBe(202);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.PostAsync(
            $"{session.Path}/messages",
            new string('x', 600 * 1024)
        );

        (answer.Status, answer.Slug).ShouldBe((413, "unreadable"));
        pod.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_long_answer_is_passed_on_as_it_comes()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var bytes = new byte[5 * 1024 * 1024];
        Random.Shared.NextBytes(bytes);
        pod.Answer = async http =>
        {
            http.Response.ContentType = "image/jpeg";
            http.Response.ContentLength = bytes.Length;
            await http.Response.Body.WriteAsync(bytes);
        };
        using var tenant = new Tenant(await world.GatewayAsync());

        (await tenant.Http.GetByteArrayAsync($"{session.Path}/media/med_1"))
            .AsSpan()
            .SequenceEqual(bytes)
            .ShouldBeTrue();
    }

    private static string IdOf(Asked asked) => (string)JsonNode.Parse(asked.Body)!["id"]!;

    private static Task HeldAsync(TestGateway gateway, int count) =>
        Testing.Eventually.True(
            $"{count} requests are held",
            async () =>
                (await MetricsAsync(gateway)).Contains(
                    $"\nwa_gateway_held {count}\n",
                    StringComparison.Ordinal
                )
        );

    private static async Task<string> MetricsAsync(TestGateway gateway)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(gateway.Health, "/metrics"));
    }
}
