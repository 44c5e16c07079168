using WaOperator.Gateway.Streams;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>The stream of all sessions of a key, whatever becomes of pods, places and connections.</summary>
public sealed class TenantStreamTests
{
    [Fact]
    public async Task Events_of_sessions_of_several_pods_come_in_one_stream()
    {
        await using var scene = await StreamScene.StartAsync(pods: 2, sessions: 4);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);

        foreach (var session in scene.Sessions)
            scene.Journals.Add(session, 2);

        await client.CountAsync(8);
        client
            .Events.Select(e => e.Number)
            .Order()
            .ShouldBe(scene.Sessions.SelectMany(s => new[] { (s.Id, 1L), (s.Id, 2L) }).Order());
        client.Events.ShouldAllBe(e => e.Type == "message.received");
        scene.Journals.Opened.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_stored_nowhere_comes_once_and_moves_no_cursor()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var session = scene.Sessions[0];
        string cursor;
        await using (var client = await StreamClient.OpenAsync(scene.Tenant))
        {
            scene.Journals.Add(session, 2);
            await client.CountAsync(2);
            cursor = await client.NextCursorAsync();

            scene.Journals.Pass(session, "presence.changed");
            await client.CountAsync(3);
            client.Events[2].ShouldBe(new("presence.changed", """{"id":"pas_0"}"""));
            client.Cursor.ShouldBe(cursor);
        }
        scene.Journals.Pass(session, "chat.typing");
        await using var again = await StreamClient.OpenAsync(scene.Tenant, cursor: cursor);
        await Eventually.True("it follows at the pod", () => scene.Journals.Opened == 2);
        scene.Journals.Pass(session, "chat.typing");
        await again.CountAsync(1);
        scene.Journals.Add(session, 2);
        await again.CountAsync(2);
        again.Events.Select(e => e.Id).ShouldBe(["pas_2", $"evt_{session.Id:x}_4"]);
    }

    [Fact]
    public async Task A_session_that_moves_is_followed_and_loses_and_doubles_nothing()
    {
        await using var scene = await StreamScene.StartAsync(pods: 2, sessions: 1);
        var session = scene.Sessions[0];
        await using var client = await StreamClient.OpenAsync(scene.Tenant);
        scene.Journals.Add(session, 2);
        await client.CountAsync(2);

        scene.Journals.Own(session, null);
        scene.Journals.Add(session, 3);
        await scene.MoveAsync(session, scene.Pods[1]);
        scene.Journals.Add(session, 2);

        await client.CountAsync(5);
        client.Events.Select(e => e.Number.Seq).ShouldBe([1, 2, 4, 5, 7]);
        scene.Pods[1].Requests.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_pod_that_is_lost_is_followed_by_the_next_owner()
    {
        await using var scene = await StreamScene.StartAsync(pods: 2, sessions: 2);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);
        foreach (var session in scene.Sessions)
            scene.Journals.Add(session, 2);
        await client.CountAsync(4);

        await scene.World.KillAsync(scene.Pods[0]);
        foreach (var session in scene.Sessions)
            await scene.MoveAsync(session, scene.Pods[1]);
        foreach (var session in scene.Sessions)
            scene.Journals.Add(session, 2);

        await client.CountAsync(6);
        client.Events.Select(e => e.Id).ShouldBeUnique();
    }

    [Fact]
    public async Task A_client_that_comes_again_with_its_cursor_has_missed_nothing()
    {
        await using var scene = await StreamScene.StartAsync(pods: 2, sessions: 3);
        string cursor;
        await using (var first = await StreamClient.OpenAsync(scene.Tenant))
        {
            scene.Journals.Add(scene.Sessions[0], 2);
            await first.CountAsync(2);
            cursor = await first.NextCursorAsync();
        }
        foreach (var session in scene.Sessions)
            scene.Journals.Add(session, 3);

        await using var second = await StreamClient.OpenAsync(scene.Tenant, cursor: cursor);

        await second.CountAsync(6);
        second
            .Events.Select(e => e.Number)
            .Order()
            .ShouldBe(
                new[] { (scene.Sessions[0].Id, 4L), (scene.Sessions[0].Id, 5L) }
                    .Concat(
                        scene.Sessions.Skip(1).SelectMany(s => new[] { (s.Id, 1L), (s.Id, 2L) })
                    )
                    .Order()
            );
    }

    [Fact]
    public async Task The_first_cursor_has_all_that_the_client_came_with()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 2);
        var seen = scene.Sessions.ToDictionary(s => s.Id, s => s.Id + 10);
        var cursor = new StreamCursor(1, seen).Write();

        await using var client = await StreamClient.OpenAsync(scene.Tenant, cursor: cursor);

        var first = StreamCursor.Read(client.FirstCursor).ShouldNotBeNull();
        first.Since.ShouldBe(1);
        first.Seen.ShouldBe(seen, ignoreOrder: true);
    }

    [Fact]
    public async Task A_session_that_is_taken_away_and_given_back_comes_behind_what_the_client_has()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 2);
        var (session, other) = (scene.Sessions[0], scene.Sessions[1]);
        await scene.World.TenantAsync("other", "other-0123456789abcdef0123456789abcdef");
        await using var client = await StreamClient.OpenAsync(scene.Tenant, "?from=earliest");
        scene.Journals.Add(session, 2);
        await client.CountAsync(2);

        await GiveAsync(scene, session, "other");
        await Eventually.True(
            "it has left",
            async () =>
            {
                scene.Journals.Add(other, 3);
                return StreamCursor.Read(await client.NextCursorAsync()) is { } cursor
                    && !cursor.Seen.ContainsKey(session.Id);
            }
        );
        await GiveAsync(scene, session, "acme");
        scene.Journals.Add(session, 2);

        await Eventually.True(
            "it is back",
            () => Task.FromResult(client.Events.Any(e => e.Number == (session.Id, 4)))
        );
        client
            .Events.Select(e => e.Number)
            .Where(n => n.Session == session.Id)
            .ShouldBe([(session.Id, 1), (session.Id, 2), (session.Id, 4)]);
    }

    [Fact]
    public async Task A_new_session_joins_and_none_of_its_events_is_missed()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);
        scene.Journals.Add(scene.Sessions[0]);
        await client.CountAsync(1);

        var joined = await scene.SessionAsync(scene.Pods[0]);
        scene.Journals.Add(joined, 2);

        await client.CountAsync(3);
        client.Events.Skip(1).Select(e => e.Number).ShouldBe([(joined.Id, 1), (joined.Id, 2)]);
    }

    [Fact]
    public async Task It_begins_with_what_is_asked_for()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 2);
        foreach (var session in scene.Sessions)
            scene.Journals.Add(session, 2);
        // What happened within the last millisecond is not told apart.
        await Eventually.True(
            "a millisecond has passed",
            () => TimeProvider.System.GetUtcNow() > scene.Journals.NewestAt.AddMilliseconds(1)
        );

        await using var now = await StreamClient.OpenAsync(scene.Tenant);
        await using var all = await StreamClient.OpenAsync(scene.Tenant, "?from=earliest");
        await using var one = await StreamClient.OpenAsync(
            scene.Tenant,
            $"?from=earliest&session=ns/{scene.Sessions[1].Name}"
        );

        await all.CountAsync(4);
        await one.CountAsync(2);
        one.Events.ShouldAllBe(e => e.Number.Session == scene.Sessions[1].Id);
        scene.Journals.Add(scene.Sessions[0], 2);
        await now.CountAsync(1);
        now.Events[0].Number.ShouldBe((scene.Sessions[0].Id, 4));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(429)]
    public async Task A_pod_that_refuses_is_left_alone_and_its_sessions_come_later(int status)
    {
        await using var scene = await StreamScene.StartAsync(pods: 2, sessions: 2);
        var full = scene.Pods[0];
        full.Answer = http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        await using var client = await StreamClient.OpenAsync(scene.Tenant, "?from=earliest");
        await Eventually.True("it refuses", () => !full.Requests.IsEmpty);
        var refused = TimeProvider.System.GetTimestamp();
        scene.Journals.Add(scene.Sessions[1]);
        await client.CountAsync(1);

        scene.Journals.Serve(full);
        scene.Journals.Add(scene.Sessions[0]);

        await client.CountAsync(2);
        TimeProvider
            .System.GetElapsedTime(refused)
            .ShouldBeGreaterThan(FeedPlan.RefusedPause - TimeSpan.FromSeconds(2));
        full.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("?from=yesterday", 400, "invalid-body")]
    [InlineData("?cursor=x", 400, "invalid-body")]
    [InlineData("?types=messages.*", 400, "invalid-body")]
    [InlineData("?types=", 400, "invalid-body")]
    [InlineData("?session=s-1", 400, "invalid-body")]
    [InlineData("?after=1", 400, "invalid-body")]
    [InlineData("?cursor=AQA&from=now", 400, "invalid-body")]
    [InlineData("?session=ns/none", 404, "unknown-session")]
    public async Task What_cannot_be_shown_is_refused(string query, int status, string problem)
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);

        var answer = await scene.Tenant.GetAsync($"/v1/events{query}");

        (answer.Status, answer.Slug).ShouldBe((status, problem));
    }

    [Fact]
    public async Task A_cursor_opens_no_session_of_others()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        await scene.World.TenantAsync("other", "other-0123456789abcdef0123456789abcdef");
        var foreign = await scene.World.SessionAsync(scene.Pods[0], "stranger");
        await GiveAsync(scene, foreign, "other");
        scene.Journals.Own(foreign, scene.Pods[0]);
        scene.Journals.Add(foreign, 5);
        scene.Journals.Add(scene.Sessions[0], 2);
        var forged = new StreamCursor(
            0,
            new Dictionary<long, long> { [foreign.Id] = 0, [999_999] = 3 }
        ).Write();

        await using var client = await StreamClient.OpenAsync(scene.Tenant, $"?cursor={forged}");

        await client.CountAsync(2);
        client.Events.ShouldAllBe(e => e.Number.Session == scene.Sessions[0].Id);
        scene.Pods[0].Requests.ShouldAllBe(r => !r.Body.Contains($"\"{foreign.Id}\""));
    }

    [Fact]
    public async Task It_ends_when_the_key_does()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);
        scene.Journals.Add(scene.Sessions[0]);
        await client.CountAsync(1);

        scene.Journals.CloseStreams();

        await client.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        client.Events[^1].Type.ShouldBe("closed");
    }

    [Fact]
    public async Task A_key_that_is_revoked_ends_it_whatever_pods_say()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);

        await scene.World.TenantAsync(key: "another-0123456789abcdef0123456789abcdef");

        await client.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        client.Events.Single().Type.ShouldBe("closed");
    }

    [Fact]
    public async Task A_pod_that_hangs_is_left_once_another_one_owns_the_session()
    {
        await using var scene = await StreamScene.StartAsync(pods: 2, sessions: 1);
        var session = scene.Sessions[0];
        scene.Pods[0].Answer = http => FakeJournals.HangAsync(http);
        await using var client = await StreamClient.OpenAsync(scene.Tenant, "?from=earliest");
        await Eventually.True("the pod hangs", () => !scene.Pods[0].Requests.IsEmpty);

        await scene.MoveAsync(session, scene.Pods[1]);
        scene.Journals.Add(session, 2);

        await client.CountAsync(2);
    }

    [Fact]
    public async Task One_that_answers_that_it_is_not_there_does_not_keep_others_from_coming()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 2);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);
        // The place says that it is here, and the pod that it is not.
        scene.Journals.Own(scene.Sessions[0], null);

        for (var round = 1; round <= 10; round++)
        {
            scene.Journals.Add(scene.Sessions[1], 3);
            await client.CountAsync(2 * round);
        }
        scene.Journals.Opened.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_gateway_that_stops_gives_the_cursor_and_another_one_goes_on_with_it()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        await using var client = await StreamClient.OpenAsync(scene.Tenant);
        scene.Journals.Add(scene.Sessions[0], 2);
        await client.CountAsync(2);

        await scene.Gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));

        await client.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        scene.Journals.Add(scene.Sessions[0], 2);
        using var tenant = new Tenant(await scene.World.GatewayAsync());
        await using var next = await StreamClient.OpenAsync(tenant, cursor: client.Cursor);
        await next.CountAsync(1);
        next.Events[0].Number.Seq.ShouldBe(4);
    }

    [Fact]
    public async Task A_tenant_has_so_many_streams()
    {
        await using var scene = await StreamScene.StartAsync(
            pods: 1,
            sessions: 1,
            options => options with { MaxTenantStreams = 1 }
        );
        await using (await StreamClient.OpenAsync(scene.Tenant))
        {
            var answer = await scene.Tenant.GetAsync("/v1/events");
            (answer.Status, answer.Slug).ShouldBe((429, "rate-limited"));
        }
        await Eventually.True(
            "the place is free again",
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
                using var answer = await scene.Tenant.Http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead
                );
                return answer.IsSuccessStatusCode;
            }
        );
    }

    private static Task<object?> GiveAsync(StreamScene scene, FakeSession session, string tenant) =>
        scene.World.SqlAsync(
            $"update wa.session set tenant_id = (select id from wa.tenant where name = '{tenant}') where id = {session.Id}"
        );
}
