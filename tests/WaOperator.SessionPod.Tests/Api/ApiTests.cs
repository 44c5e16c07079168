using System.Security.Cryptography;
using System.Text;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class ApiTests
{
    [Fact]
    public async Task Bad_requests_get_an_answer_for_people()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        var path = $"/v1/sessions/ns/{session.Name}/messages";

        foreach (
            var (body, type, status) in ((string, string, int)[])
                [
                    ("", "application/json", 400),
                    ("null", "application/json", 400),
                    ("[]", "application/json", 400),
                    ("{", "application/json", 400),
                    ("""{"to":5,"text":"x"}""", "application/json", 400),
                    ("""{"to":"4917012345","text":"x","colour":"red"}""", "application/json", 400),
                    ("""{"to":"nobody","text":"x"}""", "application/json", 400),
                    ("""{"to":"4917012345","text":"x"}""", "text/plain", 415),
                    (
                        $$"""{"to":"4917012345","text":"{{new string('x', 600 * 1024)}}"}""",
                        "application/json",
                        413
                    ),
                ]
        )
        {
            using var content = new StringContent(body, Encoding.UTF8, type);
            var (code, answer, kind) = await api.AskAsync(HttpMethod.Post, path, content);
            var about = body.Length > 80 ? body[..80] : body;
            code.ShouldBe(status, about);
            kind.ShouldBe("application/problem+json", about);
            ((string?)answer!["detail"]).ShouldNotBeNullOrEmpty(about);
            ((int)answer["status"]!).ShouldBe(status, about);
        }
        (await api.GetAsync($"/v1/sessions/ns/{session.Name}/events?after=x")).Status.ShouldBe(400);
        (await api.GetAsync($"/v1/sessions/ns/{session.Name}/messages/3EB0000000")).Status.ShouldBe(
            404
        );
        (await api.GetAsync($"/v1/sessions/ns/{session.Name}/messages/%00")).Status.ShouldBe(400);
        (await world.SqlAsync("select count(*) from wa.session_outbox")).ShouldBe(0L);
    }

    [Fact]
    public async Task A_key_opens_its_own_tenants_sessions_and_nothing_tells_of_others()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        const string otherKey = "other-0123456789abcdef0123456789abcdef";
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "other", false, "{}"));
        await world.Desired.PutApiKeysAsync(
            other,
            [SHA256.HashData(Encoding.ASCII.GetBytes(otherKey))]
        );
        var path = $"/v1/sessions/ns/{session.Name}";
        using var mine = new ApiClient(pod.Api);
        using var theirs = new ApiClient(pod.Api, otherKey);
        using var wrong = new ApiClient(pod.Api, PodWorld.ApiKey + "x");
        using var none = new ApiClient(pod.Api, key: null);

        var (status, state, _) = await mine.GetAsync(path);
        status.ShouldBe(200);
        ((string?)state!["phase"]).ShouldBe("Connected");
        ((string?)state["phone"]).ShouldBe(session.Phone);
        foreach (var stranger in (ApiClient[])[wrong, none])
        foreach (var way in (string[])["", "/events", "/messages/3EB0000000"])
            (await stranger.GetAsync(path + way)).Status.ShouldBe(401, way);
        foreach (var way in (string[])["", "/events", "/messages/3EB0000000"])
        {
            var hidden = await theirs.GetAsync(path + way);
            var unknown = await theirs.GetAsync("/v1/sessions/ns/nobody" + way);
            hidden.Status.ShouldBe(404, way);
            unknown.Status.ShouldBe(404, way);
            // Names the request alone.
            hidden.Body!.AsObject().Remove("instance").ShouldBeTrue();
            unknown.Body!.AsObject().Remove("instance").ShouldBeTrue();
            hidden
                .Body!.ToJsonString()
                .Replace(session.Name, "nobody", StringComparison.Ordinal)
                .ShouldBe(unknown.Body!.ToJsonString());
        }
        (
            await theirs.SendAsync(session.Name, new { to = "4917012345", text = "x" })
        ).Status.ShouldBe(404);
        (
            await wrong.SendAsync(session.Name, new { to = "4917012345", text = "x" })
        ).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Each_port_serves_its_own_paths_only()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        using var api = new ApiClient(pod.Api);

        foreach (var path in (string[])["/livez", "/readyz", "/metrics"])
        {
            (await api.GetAsync(path)).Status.ShouldBe(404, path);
            (await pod.GetAsync(path)).Code.ShouldBe(200, path);
        }
        (await pod.GetAsync("/v1/sessions/ns/x")).Code.ShouldBe(404);
        var (status, document, _) = await api.GetAsync("/openapi/v1.json");
        status.ShouldBe(200);
        document!["paths"]!["/v1/sessions/{namespace}/{name}/messages"]!["post"]!["responses"]!
            ["202"]
            .ShouldNotBeNull();
        document["components"]!["schemas"]!["MessageData"].ShouldNotBeNull();
    }

    [Fact]
    public async Task A_session_of_another_shard_is_pointed_to()
    {
        await using var world = await PodWorld.StartAsync();
        await using var a = await world.PodAsync(0, "pod-a");
        await using var b = await world.PodAsync(1, "pod-b");
        var session = await world.PairedAsync(1);
        using var api = new ApiClient(a.Api);

        var (status, problem, kind) = await api.SendAsync(
            session.Name,
            new { to = "4917012345", text = "x" }
        );

        status.ShouldBe(421);
        kind.ShouldBe("application/problem+json");
        ((string?)problem!["owner"]).ShouldBe("shard-1.shard.ns.svc:0");

        var waiting = await world.SessionAsync(7);
        (await api.GetAsync($"/v1/sessions/ns/{waiting.Name}")).Status.ShouldBe(503);
    }

    [Fact]
    public async Task An_unlinked_session_takes_no_messages_and_a_full_queue_no_more()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a", o => o with { MaxQueue = 3 });
        var unlinked = await world.SessionAsync(0);
        using var api = new ApiClient(pod.Api);
        await Eventually.True(
            "the session is run",
            async () => (await api.GetAsync($"/v1/sessions/ns/{unlinked.Name}")).Status == 200
        );
        (await api.SendAsync(unlinked.Name, new { to = "4917012345", text = "x" })).Status.ShouldBe(
            409
        );

        var session = await world.PairedAsync(0);
        await session.WantAsync(s => s with { Desired = Store.DesiredState.Stopped });
        await session.PhaseAsync(Store.SessionPhase.Stopped);
        for (var i = 0; i < 3; i++)
            await api.TextAsync(session.Name, "4917012345", $"{i}", id: $"3EB000000{i}");

        var (status, full, _) = await api.SendAsync(
            session.Name,
            new { to = "4917012345", text = "x" }
        );
        status.ShouldBe(429);
        ((string?)full!["detail"])!.ShouldContain("3 messages");
        // What is in the queue is still answered for.
        (await api.TextAsync(session.Name, "4917012345", "2", id: "3EB0000002")).ShouldBe(
            "3EB0000002"
        );
        (
            await api.SendAsync(
                session.Name,
                new
                {
                    to = "4917012345",
                    text = "another",
                    id = "3EB0000002",
                }
            )
        ).Status.ShouldBe(409);
        (await world.SqlAsync("select count(*) from wa.session_outbox")).ShouldBe(3L);
    }
}
