using System.Security.Cryptography;
using System.Text;
using WaOperator.Domain;
using WaOperator.Gateway.Consumers;
using WaOperator.Gateway.Streams;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Consumers;

/// <summary>Consumers fetch what they have not acknowledged, and nothing else.</summary>
public sealed class ConsumerTests
{
    private const string Other = "other-0123456789abcdef0123456789abcdef";
    private const string Narrow = "narrow-0123456789abcdef0123456789abcde";
    private const string Sender = "sender-0123456789abcdef0123456789abcde";

    [Fact]
    public async Task What_is_not_acknowledged_comes_again_and_what_is_does_not()
    {
        await using var scene = await ConsumerScene.StartAsync(pods: 2, sessions: 2);
        await scene.MakeAsync();
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 2);
        var all = scene.Sessions.SelectMany(s => new[] { (s.Id, 1L), (s.Id, 2L) }).ToArray();

        var first = await WholeAsync(scene, 4);
        // A restart forgets what was fetched.
        using var restarted = new Tenant(await scene.World.GatewayAsync());
        var again = await WholeAsync(scene, 4, restarted);

        first.Numbers.Order().ShouldBe(all);
        again.Numbers.Order().ShouldBe(all);
        (await scene.AckAsync(again.Cursor, by: restarted)).Status.ShouldBe(204);
        await scene.AddAsync(scene.Sessions[1], 2);
        (await scene.NextAsync()).Numbers.ShouldBe([(scene.Sessions[1].Id, 4L)]);
    }

    [Fact]
    public async Task What_is_stored_nowhere_is_not_fetched_and_cannot_be_named()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        var waiting = scene.NextAsync("?waitSeconds=60");
        await Eventually.True("it waits at the pod", () => scene.Streams.Journals.Opened == 1);

        scene.Streams.Journals.Pass(scene.Sessions[0], "presence.changed");
        await scene.AddAsync(scene.Sessions[0], 2);

        var page = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        page.Numbers.ShouldBe([(scene.Sessions[0].Id, 1L), (scene.Sessions[0].Id, 2L)]);
        foreach (var type in new[] { "presence.changed", "presence.*", "chat.typing" })
        {
            var refused = await scene.PutAsync("crm", $$"""{"types":["{{type}}"]}""");
            refused.Status.ShouldBe(400);
            ((string)refused.Body!["detail"]!).ShouldContain("stored nowhere");
        }
    }

    [Fact]
    public async Task A_page_has_so_many_events_and_the_rest_comes_behind_it()
    {
        await using var scene = await ConsumerScene.StartAsync(pods: 2, sessions: 3);
        await scene.MakeAsync();
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 30);

        var seen = new List<(long Session, long Seq)>();
        while (seen.Count < 60)
        {
            var page = await scene.NextAsync("?max=7");
            page.Numbers.Count.ShouldBeInRange(1, 7);
            seen.AddRange(page.Numbers);
            (await scene.AckAsync(page.Cursor)).Status.ShouldBe(204);
        }

        seen.Order()
            .ShouldBe(
                scene
                    .Sessions.SelectMany(s =>
                        Enumerable.Range(1, 30).Where(n => n % 3 != 0).Select(n => (s.Id, (long)n))
                    )
                    .Order()
            );
        foreach (var session in seen.GroupBy(e => e.Session))
            session.Select(e => e.Seq).ShouldBeInOrder();
    }

    [Fact]
    public async Task It_waits_for_the_next_event_and_an_empty_page_moves_on_too()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        var session = scene.Sessions[0];
        var waiting = scene.NextAsync("?waitSeconds=60");
        await Eventually.True("it waits at the pod", () => scene.Streams.Journals.Opened == 1);
        using var http = new HttpClient();
        (
            await http.GetStringAsync(new Uri(scene.Streams.Gateway.Health, "/metrics"))
        ).ShouldContain("wa_gateway_streams{kind=\"consumer\"} 1");

        await scene.AddAsync(session, 2);

        var page = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        await scene.AckAsync(page.Cursor);
        // The third is of a type that is not shown.
        await scene.AddAsync(session);
        var empty = await scene.NextAsync("?waitSeconds=1");
        empty.Numbers.ShouldBeEmpty();
        (await scene.AckAsync(empty.Cursor)).Status.ShouldBe(204);
        (await BacklogAsync(scene)).ShouldBe(0);
        await scene.AddAsync(session, 4);
        (await BacklogAsync(scene)).ShouldBe(4);
    }

    [Fact]
    public async Task It_begins_where_it_was_made()
    {
        await using var scene = await ConsumerScene.StartAsync();
        var session = scene.Sessions[0];
        await scene.AddAsync(session, 2);
        await Eventually.True(
            "a millisecond has passed",
            () =>
                TimeProvider.System.GetUtcNow() > scene.Streams.Journals.NewestAt.AddMilliseconds(1)
        );
        await scene.MakeAsync("later", "{}");
        await scene.AddAsync(session, 2);

        (await scene.NextAsync(name: "later")).Numbers.ShouldBe([(session.Id, 4L)]);
    }

    [Fact]
    public async Task Another_reader_takes_it_over()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        await scene.AddAsync(scene.Sessions[0], 2);
        using var second = new Tenant(await scene.World.GatewayAsync());

        var mine = await WholeAsync(scene, 2);
        var theirs = await WholeAsync(scene, 2, second);

        theirs.Numbers.ShouldBe(mine.Numbers);
        var late = await scene.AckAsync(mine.Cursor);
        (late.Status, late.Slug).ShouldBe((409, "taken-over"));
        (await scene.AckAsync(theirs.Cursor, by: second)).Status.ShouldBe(204);

        var waiting = scene.Tenant.PostAsync("/v1/consumers/crm/next?waitSeconds=60", "");
        await Eventually.True("it waits at the pod", () => scene.Streams.Journals.Opened == 3);
        var taken = scene.NextAsync("?waitSeconds=60", by: second);
        await Eventually.True("both wait", () => scene.Streams.Journals.Opened == 4);
        await scene.AddAsync(scene.Sessions[0], 2);

        (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Slug.ShouldBe("taken-over");
        (await taken.WaitAsync(TimeSpan.FromSeconds(30))).Numbers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Acknowledgements_lead_neither_back_nor_beyond_what_there_is()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        var session = scene.Sessions[0];
        await scene.AddAsync(session, 2);
        var page = await WholeAsync(scene, 2);
        await scene.AckAsync(page.Cursor);
        var cursor = ConsumerCursor.Read(page.Cursor)!;

        // Twice, back, and far ahead.
        (await scene.AckAsync(page.Cursor)).Status.ShouldBe(204);
        (await scene.AckAsync(At(1))).Status.ShouldBe(204);
        (await SeenAsync(scene)).ShouldBe($"{session.Id}:2");
        (await scene.AckAsync(At(long.MaxValue / 2))).Status.ShouldBe(204);
        (await SeenAsync(scene)).ShouldBe($"{session.Id}:2");
        await scene.AddAsync(session, 2);
        (await scene.NextAsync()).Numbers.ShouldBe([(session.Id, 4L)]);

        string At(long seq) =>
            (
                cursor with
                {
                    Position = new(0, new Dictionary<long, long> { [session.Id] = seq }),
                }
            ).Write();
    }

    [Fact]
    public async Task A_cursor_is_of_one_consumer_and_its_own_sessions()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        await scene.MakeAsync("second");
        await scene.World.TenantAsync("other", Other);
        var foreign = await scene.World.SessionAsync(scene.Streams.Pods[0], "other");
        await scene.World.SqlAsync(
            $"update wa.session set tenant_id = (select id from wa.tenant where name = 'other') where id = {foreign.Id}"
        );
        await scene.AddAsync(scene.Sessions[0], 2);
        var page = await WholeAsync(scene, 2);

        var strange = await scene.AckAsync(page.Cursor, "second");
        (strange.Status, strange.Slug).ShouldBe((422, "unknown-cursor"));
        var forged = ConsumerCursor.Read(page.Cursor)! with
        {
            Position = new(0, new Dictionary<long, long> { [foreign.Id] = 1, [999_999] = 1 }),
        };
        (await scene.AckAsync(forged.Write())).Status.ShouldBe(204);
        (await SeenAsync(scene)).ShouldBe("");

        // One that was deleted is another than the next of its name.
        (await scene.Tenant.AskAsync(new(HttpMethod.Delete, "/v1/consumers/crm"))).Status.ShouldBe(
            204
        );
        await scene.MakeAsync();
        (await scene.AckAsync(page.Cursor)).Slug.ShouldBe("unknown-cursor");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("1.1.")]
    [InlineData("1.1.AQA.1")]
    [InlineData("-1.1.AQA")]
    [InlineData("99999999999999999999.1.AQA")]
    public async Task What_is_no_cursor_is_refused(string cursor)
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();

        (await scene.AckAsync(cursor)).Status.ShouldBe(400);
        (await scene.AckAsync($"1.1.{new string('A', 60_000)}")).Status.ShouldBe(400);
        (await scene.Tenant.PostAsync("/v1/consumers/crm/ack", "{}")).Status.ShouldBe(400);
        (
            await scene.Tenant.PostAsync("/v1/consumers/crm/ack", """{"cursor":null}""")
        ).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("Crm", "{}", 400)]
    [InlineData("-crm", "{}", 400)]
    [InlineData("crm-", "{}", 400)]
    [InlineData("a_b", "{}", 400)]
    [InlineData("a%2Fb", "{}", 400)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", "{}", 400)]
    [InlineData("crm", """{"sessions":["s-1"]}""", 400)]
    [InlineData("crm", """{"sessions":["ns/none"]}""", 404)]
    [InlineData("crm", """{"types":["no.*"]}""", 400)]
    [InlineData("crm", """{"startFrom":"yesterday"}""", 400)]
    [InlineData("crm", """{"startFrom":1}""", 400)]
    [InlineData("crm", "[]", 400)]
    public async Task What_cannot_be_a_consumer_is_refused(string name, string body, int status)
    {
        await using var scene = await ConsumerScene.StartAsync();

        (await scene.PutAsync(name, body)).Status.ShouldBe(status);

        (await scene.World.SqlAsync("select count(*) from wa.consumer")).ShouldBe(0L);
    }

    [Theory]
    [InlineData("?max=0")]
    [InlineData("?max=1001")]
    [InlineData("?max=x")]
    [InlineData("?max=1&max=2")]
    [InlineData("?waitSeconds=0")]
    [InlineData("?waitSeconds=61")]
    [InlineData("?wait=1")]
    public async Task What_cannot_be_fetched_is_refused(string query)
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();

        (await scene.Tenant.PostAsync($"/v1/consumers/crm/next{query}", "")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Consumers_of_another_tenant_are_not_there()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        await scene.World.TenantAsync("other", Other);
        using var other = new Tenant(scene.Streams.Gateway, Other);

        (await other.GetAsync("/v1/consumers")).Body!["data"]!.AsArray().ShouldBeEmpty();
        foreach (var path in (string[])["", "/next", "/ack"])
        {
            var answer = await (
                path.Length == 0
                    ? other.GetAsync("/v1/consumers/crm")
                    : other.PostAsync(
                        $"/v1/consumers/crm{path}",
                        path == "/ack" ? """{"cursor":"1.1.AQA"}""" : ""
                    )
            );
            (answer.Status, answer.Slug).ShouldBe((404, "unknown-consumer"));
        }
        (await other.AskAsync(new(HttpMethod.Delete, "/v1/consumers/crm"))).Status.ShouldBe(404);
        (await scene.Tenant.GetAsync("/v1/consumers/crm")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_key_that_is_limited_to_sessions_leaves_consumers_of_others_alone()
    {
        await using var scene = await ConsumerScene.StartAsync(sessions: 2);
        await LimitAsync(scene, scene.Sessions[0].Name);
        await scene.MakeAsync();
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 2);
        using var narrow = new Tenant(scene.Streams.Gateway, Narrow);
        using var sender = new Tenant(scene.Streams.Gateway, Sender);
        var page = await WholeAsync(scene, 4);

        foreach (
            var answer in (Answer[])
                [
                    await narrow.PostAsync("/v1/consumers/crm/next?waitSeconds=1", ""),
                    await scene.AckAsync(page.Cursor, by: narrow),
                    await scene.PutAsync("crm", "{}", narrow),
                    await scene.PutAsync("own", "{}", narrow),
                    await narrow.AskAsync(new(HttpMethod.Delete, "/v1/consumers/crm")),
                ]
        )
            (answer.Status, answer.Slug).ShouldBe((403, "forbidden-session"));
        (await narrow.GetAsync("/v1/consumers")).Body!["data"]!.AsArray().ShouldBeEmpty();
        (await narrow.GetAsync("/v1/consumers/crm")).Slug.ShouldBe("unknown-consumer");
        (
            await scene.PutAsync(
                "own",
                $$"""{"sessions":["ns/{{scene.Sessions[1].Name}}"]}""",
                narrow
            )
        ).Status.ShouldBe(404);
        (await sender.GetAsync("/v1/consumers")).Slug.ShouldBe("forbidden-scope");

        // Nothing of that took it over or moved it.
        (await SeenAsync(scene)).ShouldBe("");
        (await scene.AckAsync(page.Cursor)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task A_key_that_is_limited_to_sessions_has_consumers_of_those()
    {
        await using var scene = await ConsumerScene.StartAsync(sessions: 2);
        var (mine, other) = (scene.Sessions[0], scene.Sessions[1]);
        await LimitAsync(scene, mine.Name);
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 2);
        using var narrow = new Tenant(scene.Streams.Gateway, Narrow);
        (
            await scene.PutAsync(
                "crm",
                $$"""{"sessions":["ns/{{mine.Name}}"],"startFrom":"earliest"}""",
                narrow
            )
        ).Status.ShouldBe(201);

        var page = await WholeAsync(scene, 2, narrow);
        page.Numbers.ShouldBe([(mine.Id, 1L), (mine.Id, 2L)]);
        var forged = ConsumerCursor.Read(page.Cursor)! with
        {
            Position = new(0, new Dictionary<long, long> { [mine.Id] = 2, [other.Id] = 2 }),
        };
        (await scene.AckAsync(forged.Write(), by: narrow)).Status.ShouldBe(204);

        (await SeenAsync(scene)).ShouldBe($"{mine.Id}:2");
        (await narrow.GetAsync("/v1/consumers")).Body!["data"]!.AsArray().Count.ShouldBe(1);
        ((long)(await narrow.GetAsync("/v1/consumers/crm")).Body!["backlog"]!).ShouldBe(0);
        // Once it names others, too, it is not this key's any more.
        (await scene.PutAsync("crm", "{}")).Status.ShouldBe(200);
        (await narrow.PostAsync("/v1/consumers/crm/next", "")).Slug.ShouldBe("forbidden-session");
        (await scene.NextAsync()).Numbers.ShouldBe([(other.Id, 1L), (other.Id, 2L)]);
    }

    [Fact]
    public async Task A_tenant_has_so_many()
    {
        await using var scene = await ConsumerScene.StartAsync();
        for (var i = 0; i < 32; i++)
            await scene.MakeAsync($"c-{i}", """{"types":["message.*"]}""");

        var more = await scene.PutAsync("c-32", "{}");
        (more.Status, more.Slug).ShouldBe((409, "too-many-consumers"));
        // Those that are there are changed all the same.
        var changed = await scene.PutAsync("c-5", """{"types":["gap"],"startFrom":"earliest"}""");
        changed.Status.ShouldBe(200);
        changed.Body!["types"]!.ToJsonString().ShouldBe("""["gap"]""");
        ((string)changed.Body["startFrom"]!).ShouldBe("now");
        (await scene.Tenant.GetAsync("/v1/consumers")).Body!["data"]!.AsArray().Count.ShouldBe(32);
    }

    [Fact]
    public async Task Types_are_kept_once_and_as_many_as_pods_take()
    {
        await using var scene = await ConsumerScene.StartAsync();

        var twice = await scene.PutAsync("crm", """{"types":["gap","message.*","gap"]}""");
        var many = await scene.PutAsync(
            "crm",
            $$"""{"types":[{{string.Join(',', Enumerable.Repeat("\"gap\"", 33))}}]}"""
        );

        twice.Body!["types"]!.ToJsonString().ShouldBe("""["gap","message.*"]""");
        many.Status.ShouldBe(400);
        (
            await scene.Tenant.GetAsync(
                $"/v1/events?types={string.Join(',', Enumerable.Repeat("gap", 33))}"
            )
        ).Status.ShouldBe(400);
    }

    [Fact]
    public async Task It_fetches_what_it_names()
    {
        await using var scene = await ConsumerScene.StartAsync(sessions: 2);
        await scene.MakeAsync(
            body: $$"""{"sessions":["ns/{{scene.Sessions[1].Name}}"],"types":["message.received"],"startFrom":"earliest"}"""
        );
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 2);

        var page = await WholeAsync(scene, 2);

        page.Numbers.ShouldAllBe(n => n.Session == scene.Sessions[1].Id);
        scene.Streams.Pods[0].Requests.Last().Body.ShouldContain("message.received");
    }

    [Fact]
    public async Task An_acknowledgement_is_one_write_and_one_that_changes_nothing_is_none()
    {
        await using var scene = await ConsumerScene.StartAsync(sessions: 3);
        await scene.MakeAsync();
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 20);
        var page = await scene.NextAsync("?max=1000");
        var before = await VersionAsync();

        await scene.AckAsync(page.Cursor);
        var acked = await VersionAsync();
        await scene.AckAsync(page.Cursor);

        acked.ShouldNotBe(before);
        (await VersionAsync()).ShouldBe(acked);

        async Task<string> VersionAsync() =>
            (string)
                (
                    await scene.World.SqlAsync(
                        "select string_agg(xmin::text, ',') from wa.consumer"
                    )
                )!;
    }

    [Fact]
    public async Task One_that_waits_ends_when_its_key_does()
    {
        await using var scene = await ConsumerScene.StartAsync();
        await scene.MakeAsync();
        var waiting = scene.Tenant.PostAsync("/v1/consumers/crm/next?waitSeconds=60", "");
        await Eventually.True("it waits at the pod", () => scene.Streams.Journals.Opened == 1);

        scene.Streams.Journals.CloseStreams();

        var ended = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        (ended.Status, ended.Slug).ShouldBe((401, "unauthorized"));
    }

    [Fact]
    public async Task A_session_that_is_gone_is_forgotten()
    {
        await using var scene = await ConsumerScene.StartAsync(sessions: 2);
        await scene.MakeAsync();
        foreach (var session in scene.Sessions)
            await scene.AddAsync(session, 2);
        await scene.AckAsync((await WholeAsync(scene, 4)).Cursor);
        await scene.World.SqlAsync($"delete from wa.session where id = {scene.Sessions[0].Id}");
        await scene.AddAsync(scene.Sessions[1], 2);

        await scene.AckAsync((await scene.NextAsync()).Cursor);

        (await SeenAsync(scene)).ShouldBe($"{scene.Sessions[1].Id}:4");
    }

    /// <summary>A page of so many: those of other pods may come a moment later.</summary>
    private static Task<Page> WholeAsync(ConsumerScene scene, int events, Tenant? by = null) =>
        Eventually.Get(
            $"a page has {events} events",
            async () =>
                await scene.NextAsync(by: by) is { } page && page.Numbers.Count == events
                    ? page
                    : null
        );

    private static async Task<string> SeenAsync(ConsumerScene scene) =>
        (string)
            (
                await scene.World.SqlAsync(
                    """
                    select coalesce(string_agg(x.id || ':' || x.seq, ' ' order by x.id), '')
                      from wa.consumer c, unnest(c.seen_sessions, c.seen_seqs) x (id, seq) where c.name = 'crm'
                    """
                )
            )!;

    private static async Task<long?> BacklogAsync(ConsumerScene scene) =>
        (long?)(await scene.Tenant.GetAsync("/v1/consumers/crm")).Body!["backlog"];

    private static async Task LimitAsync(ConsumerScene scene, string session)
    {
        var tenant = await scene.World.TenantAsync();
        await scene.World.Desired.PutApiKeysAsync(
            tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal)
                {
                    ["whole/key"] = Hash(GatewayWorld.ApiKey),
                    ["narrow/key"] = Hash(Narrow),
                    ["sender/key"] = Hash(Sender),
                },
                [],
                MayAdd: true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["narrow/key"] = new([ApiScopes.EventsRead], [session], null),
                    ["sender/key"] = new([ApiScopes.MessagesSend], null, null),
                },
            }
        );
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));
}
