using System.Net.Http.Json;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Streams;

/// <summary>The journals of many sessions in one stream of a pod.</summary>
public sealed class TenantStreamTests
{
    [Fact]
    public async Task What_is_stored_and_then_what_comes_is_given_once_each_and_in_order()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (session, peer) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        for (var i = 0; i < 3; i++)
            await SendAsync(api, session, peer);
        using var feed = await FeedClient.OpenAsync(pod, new() { [session.Id] = 0, [peer.Id] = 0 });
        var stored = await feed.UntilAsync(IsOf(peer, "message.received", 3));
        for (var i = 0; i < 3; i++)
            await SendAsync(api, session, peer);
        var items = stored
            .Concat(await feed.UntilAsync(IsOf(peer, "message.received", 3)))
            .ToArray();

        foreach (var of in items.GroupBy(i => i.Session))
            of.Select(i => i.Seq).ShouldBe(of.Select(i => i.Seq).Order().Distinct());
        var received = items.Where(i => i.Type == "message.received").ToArray();
        received.Length.ShouldBe(6);
        var last = received[^1];
        ((string?)last.Data!["id"]).ShouldBe($"evt_{peer.Id:x}_{last.Seq}");
        ((string?)last.Data["session"]).ShouldBe($"ns/{peer.Name}");
        ((string?)last.Data["type"]).ShouldBe("message.received");
        ((string?)last.Data["data"]!["id"]).ShouldNotBeNull();
        items.ShouldContain(i => i.Type == "message.sent" && i.Session == session.Id);
    }

    [Fact]
    public async Task What_is_not_asked_for_moves_the_position_all_the_same()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (session, peer) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        await SendAsync(api, session, peer);
        var last = await LastAsync(api, session);

        using var feed = await FeedClient.OpenAsync(
            pod,
            new() { [session.Id] = 0 },
            types: ["identity.*"]
        );

        var items = await feed.UntilAsync(i => i.Seq >= last);
        items.ShouldAllBe(i => i.Type == "position");
    }

    [Fact]
    public async Task A_session_of_which_nothing_was_seen_begins_where_the_client_did()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await JunkAsync(world, session, 1, 10, "now() - interval '2 hours'");
        await JunkAsync(world, session, 11, 20, "now() - interval '1 hour'");
        var between = TimeProvider.System.GetUtcNow().AddMinutes(-90).ToUnixTimeMilliseconds();

        using var feed = await FeedClient.OpenAsync(pod, new() { [session.Id] = null }, between);
        using var all = await FeedClient.OpenAsync(pod, new() { [session.Id] = null });

        var items = await feed.UntilAsync(i => i.Seq == 20);
        items[0].ShouldBe(new("position", session.Id, 10, null));
        items.Skip(1).Select(i => i.Seq).ShouldBe(Enumerable.Range(11, 10).Select(i => (long)i));
        (await all.UntilAsync(i => i.Seq == 20)).Count.ShouldBe(21);
    }

    [Fact]
    public async Task What_the_retention_removed_is_given_as_a_gap()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var (session, quiet) = (await world.PairedAsync(0), await world.PairedAsync(0));
        await JunkAsync(world, session, 9, 10, "now()");
        await PrunedAsync(world, session, 8);
        await PrunedAsync(world, quiet, 4);

        using var feed = await FeedClient.OpenAsync(
            pod,
            new() { [session.Id] = 2, [quiet.Id] = 0 },
            types: ["identity.changed"]
        );

        var items = new[]
        {
            await feed.NextAsync(),
            await feed.NextAsync(),
            await feed.NextAsync(),
        };
        var gap = items.Single(i => i!.Session == session.Id && i.Type == "gap")!;
        (gap.Seq, (long)gap.Data!["data"]!["from"]!, (long)gap.Data["data"]!["to"]!).ShouldBe(
            (8, 3, 8)
        );
        items.ShouldContain(i => i!.Session == quiet.Id && i.Type == "gap" && i.Seq == 4);
        items.ShouldContain(i => i!.Session == session.Id && i.Type == "position" && i.Seq == 10);
    }

    [Fact]
    public async Task One_that_comes_for_a_page_at_a_time_is_not_shown_the_same_session_first_each_time()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var asked = new Dictionary<long, long?>();
        for (var i = 0; i < 6; i++)
        {
            var session = await world.PairedAsync(0);
            await JunkAsync(world, session, 1, 3, "now()");
            asked[session.Id] = 0;
        }

        var first = new HashSet<long>();
        for (var i = 0; i < 20; i++)
        {
            using var feed = await FeedClient.OpenAsync(pod, asked);
            first.Add((await feed.NextAsync())!.Session);
        }

        first.Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task One_that_is_far_behind_does_not_hold_up_others()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var (behind, other) = (await world.PairedAsync(0), await world.PairedAsync(0));
        await JunkAsync(world, behind, 1, 3_000, "now()");
        await JunkAsync(world, other, 1, 3, "now()");

        using var feed = await FeedClient.OpenAsync(pod, new() { [behind.Id] = 0, [other.Id] = 0 });

        var items = await feed.UntilAsync(i => i.Session == other.Id && i.Seq == 3);
        items.Count.ShouldBeLessThan(100);
        (await feed.UntilAsync(i => i.Seq == 3_000))
            .Concat(items)
            .Count(i => i.Session == behind.Id)
            .ShouldBe(3_000);
    }

    [Fact]
    public async Task What_is_not_here_is_gone()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var (session, other) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var feed = await FeedClient.OpenAsync(
            pod,
            new()
            {
                [session.Id] = null,
                [other.Id] = null,
                [999_999] = 5,
            },
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()
        );
        await feed.UntilAsync(i => i == new FeedItem("gone", 999_999, 0, null));

        await session.PlaceAsync(null);

        await feed.UntilAsync(i => i == new FeedItem("gone", session.Id, 0, null));
        await other.PlaceAsync(null);
        await feed.UntilAsync(i => i == new FeedItem("gone", other.Id, 0, null));
        (await feed.NextAsync()).ShouldBeNull("it has no session left");
    }

    [Theory]
    [InlineData("""{"sessions":{},"since":0}""", "#/sessions")]
    [InlineData("""{"sessions":{"ns/s-1":1},"since":0}""", "#/sessions")]
    [InlineData("""{"sessions":{"1":-1},"since":0}""", "#/sessions")]
    [InlineData("""{"sessions":{"1":1,"01":1},"since":0}""", "#/sessions")]
    [InlineData("""{"sessions":{"1":1},"since":-1}""", "#/since")]
    [InlineData("""{"sessions":{"1":1},"since":0,"types":["x"]}""", "#/types")]
    [InlineData("""{"sessions":{"1":1},"since":0,"more":1}""", "#")]
    [InlineData("""{"since":0}""", "#")]
    [InlineData("nonsense", "#")]
    public async Task What_cannot_be_read_is_refused(string json, string field)
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        var (status, problem, _) = await api.AskAsync(HttpMethod.Post, "/v1/events", content);

        status.ShouldBe(400);
        ((string?)problem!["errors"]![0]!["pointer"])!.ShouldStartWith(field);
    }

    [Fact]
    public async Task It_is_for_keys_alone()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api, "unknown-0123456789abcdef0123456789abcdef");
        using var content = JsonContent.Create(new { sessions = new { }, since = 0 });

        (await api.AskAsync(HttpMethod.Post, "/v1/events", content)).Status.ShouldBe(401);
    }

    private static Func<FeedItem, bool> IsOf(TestSession session, string type, int count)
    {
        var left = count;
        return item => item.Session == session.Id && item.Type == type && --left == 0;
    }

    private static async Task SendAsync(ApiClient api, TestSession session, TestSession to) =>
        await api.StateAsync(
            session.Name,
            await api.TextAsync(session.Name, to.Phone, "hello"),
            "Acked"
        );

    private static async Task<long> LastAsync(ApiClient api, TestSession session) =>
        (long)(await api.GetAsync($"/v1/sessions/ns/{session.Name}")).Body!["lastEvent"]!;

    /// <summary>Entries that cannot be read, which are events, too.</summary>
    private static Task JunkAsync(
        PodWorld world,
        TestSession session,
        int from,
        int to,
        string at
    ) =>
        world.SqlAsync(
            $"""
            delete from wa.session_event where session_id = {session.Id} and seq between {from} and {to};
            insert into wa.session_event (session_id, seq, at, key_version, type, ciphertext)
            select {session.Id}, n, {at}, 1, 'message', '\x00' from generate_series({from}, {to}) n
            """
        );

    private static Task PrunedAsync(PodWorld world, TestSession session, int to) =>
        world.SqlAsync(
            $"delete from wa.session_event where session_id = {session.Id} and seq <= {to}; insert into wa.session_pruned values ({session.Id}, {to})"
        );
}
