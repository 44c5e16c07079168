using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Api;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>Messages from being accepted to their end: scheduled, expired, taken back, given back, listed, asked for again.</summary>
public sealed class LifeTests
{
    private const string To = "491709999999";

    [Fact]
    public async Task A_scheduled_message_is_sent_when_it_is_due_also_by_the_next_owner()
    {
        await using var world = await PodWorld.StartAsync();
        world.Simulator.Server.Journal.Keep = 1_000;
        await using var first = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new Caller(first.Api, ana.Name);
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(2);

        var due = await api.TakenAsync(ben.Phone, $""" "text":"due","sendAt":"{soon:O}" """);
        ((string?)due["state"]).ShouldBe("Scheduled");
        var id = (string)due["id"]!;
        (await api.FindAsync(id))["sendAt"]!
            .GetValue<DateTimeOffset>()
            .ShouldBe(soon, TimeSpan.FromMilliseconds(1));
        (await SeenAsync(world, id)).ShouldBeFalse();
        await api.StateAsync(id, "Acked");
        TimeProvider.System.GetUtcNow().ShouldBeGreaterThan(soon);
        (await SeenAsync(world, id)).ShouldBeTrue();

        // Put off, then brought forward.
        var later = await api.TakenAsync(
            ben.Phone,
            $""" "text":"later","sendAt":"{TimeProvider.System.GetUtcNow().AddDays(20):O}" """
        );
        id = (string)later["id"]!;
        (
            await api.AskAsync(
                HttpMethod.Patch,
                $"/{id}",
                $$"""{"sendAt":"{{TimeProvider.System.GetUtcNow().AddDays(31):O}}"}"""
            )
        ).Status.ShouldBe(400);
        (await api.AskAsync(HttpMethod.Patch, $"/{id}", "{}")).Status.ShouldBe(400);
        (
            await api.AskAsync(HttpMethod.Patch, "/3EB0000000", $$"""{"sendAt":"{{soon:O}}"}""")
        ).Status.ShouldBe(404);
        var (status, body, _) = await api.AskAsync(
            HttpMethod.Patch,
            $"/{id}",
            $$"""{"sendAt":"{{TimeProvider.System.GetUtcNow().AddSeconds(3):O}}"}"""
        );
        status.ShouldBe(200, body?.ToJsonString());
        await first.DisposeAsync();
        await using var second = await world.PodAsync(0, "pod-b");
        using var then = new Caller(second.Api, ana.Name);
        await Eventually.True(
            "the next owner has sent it",
            async () => await SeenAsync(world, id),
            TimeSpan.FromSeconds(60)
        );
        await then.StateAsync(id, "Acked");
        (
            await then.AskAsync(HttpMethod.Patch, $"/{id}", $$"""{"sendAt":"{{soon:O}}"}""")
        ).Status.ShouldBe(409);
        (
            await then.PostAsync(
                ben.Phone,
                $""" "text":"x","sendAt":"{TimeProvider.System.GetUtcNow().AddDays(31):O}" """
            )
        ).Status.ShouldBe(400);
    }

    [Fact]
    public async Task What_expired_or_was_taken_back_is_not_sent_and_the_rest_is_in_its_order()
    {
        await using var world = await PodWorld.StartAsync();
        world.Simulator.Server.Journal.Keep = 1_000;
        await using var pod = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new Caller(pod.Api, ana.Name);
        await ana.WantAsync(s => s with { Desired = DesiredState.Stopped });
        await ana.PhaseAsync(SessionPhase.Stopped);
        var over = TimeProvider.System.GetUtcNow().AddSeconds(5);

        var expired = await api.IdAsync(
            ben.Phone,
            $$""" "text":"1","expiresAt":"{{over:O}}","metadata":{"order":"7"} """
        );
        var sent = await api.IdAsync(ben.Phone, """ "text":"2" """);
        var cancelled = await api.IdAsync(ben.Phone, """ "text":"3" """);
        var scheduled = await api.IdAsync(
            ben.Phone,
            $""" "text":"4","sendAt":"{TimeProvider.System.GetUtcNow().AddDays(1):O}" """
        );
        var last = await api.IdAsync(ben.Phone, """ "text":"5" """);
        foreach (var id in (string[])[cancelled, scheduled, cancelled])
        {
            var (status, body, _) = await api.AskAsync(HttpMethod.Delete, $"/{id}");
            status.ShouldBe(200, body?.ToJsonString());
            ((string?)body!["state"]).ShouldBe("Cancelled");
        }
        (await api.AskAsync(HttpMethod.Delete, "/3EB0000000")).Status.ShouldBe(404);
        (await api.FindAsync(expired))["metadata"]!["order"]!.GetValue<string>().ShouldBe("7");
        await Eventually.True("its time is over", () => TimeProvider.System.GetUtcNow() > over);
        await ana.WantAsync(s => s with { Desired = DesiredState.Active });
        await api.StateAsync(last, "Acked");

        await api.StateAsync(expired, "Expired");
        await api.StateAsync(sent, "Acked");
        await api.StateAsync(cancelled, "Cancelled");
        foreach (var id in (string[])[expired, cancelled, scheduled])
            (await SeenAsync(world, id)).ShouldBeFalse(id);
        (await api.AskAsync(HttpMethod.Delete, $"/{sent}")).Status.ShouldBe(409);
        (await api.AskAsync(HttpMethod.Delete, $"/{expired}")).Status.ShouldBe(409);
        (
            await api.PostAsync(ben.Phone, $""" "text":"x","expiresAt":"{over:O}" """)
        ).Status.ShouldBe(422);

        // Its metadata is in the event, and nothing of another's.
        using var client = new ApiClient(pod.Api);
        using var events = await client.FollowAsync(ana.Name, 0);
        SeenEvent? seen;
        do seen = await events.NextAsync();
        while (seen is not null && (string?)seen.Data["id"] != expired);
        seen!.Type.ShouldBe("failed");
        ((string?)seen.Data["metadata"]!["order"]).ShouldBe("7");
        ((string?)seen.Data["error"])!.ShouldContain("expired");
    }

    [Fact]
    public async Task Asked_for_again_with_a_key_it_is_the_same_message()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new Caller(pod.Api, ana.Name);

        foreach (
            var kind in (string[])
                [
                    """ "text":"hi" """,
                    """ "poll":{"name":"q","options":["a","b"]} """,
                    """ "text":"hi","metadata":{"a":"b"} """,
                ]
        )
        {
            var key = $"key {kind.Length}";
            var (status, one, headers) = await api.PostAsync(ben.Phone, kind, key);
            status.ShouldBe(202, one?.ToJsonString());
            headers.Contains("Idempotent-Replayed").ShouldBeFalse();
            ((string)one!["id"]!).ShouldMatch("^3EB0[0-9A-F]{18}$");
            headers.GetValues("Wa-Message-Id").ShouldBe([(string)one["id"]!]);
            var (again, two, replayed) = await api.PostAsync(ben.Phone, kind, key);
            again.ShouldBe(202, two?.ToJsonString());
            ((string?)two!["id"]).ShouldBe((string?)one["id"]);
            replayed.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
            var (other, problem, _) = await api.PostAsync(ben.Phone, """ "text":"other" """, key);
            other.ShouldBe(422);
            ((string?)problem!["type"]).ShouldBe("urn:wa:problem:idempotency-mismatch");
        }
        (
            await api.PostAsync(ben.Phone, """ "text":"hi","id":"3EB0000001" """, "k")
        ).Status.ShouldBe(400);
        (await world.SqlAsync("select count(*) from wa.session_outbox")).ShouldBe(3L);
    }

    [Fact]
    public async Task A_batch_answers_each_line_and_a_list_shows_them_page_by_page()
    {
        await using var world = await PodWorld.StartAsync(network: new());
        await using var pod = await world.PodAsync(0, "pod-a");
        var ana = await world.PairedAsync(0);
        using var api = new Caller(pod.Api, ana.Name);
        await ana.WantAsync(s => s with { Desired = DesiredState.Stopped });
        await ana.PhaseAsync(SessionPhase.Stopped);
        var body = new StringBuilder();
        for (var i = 1; i <= 20; i++)
            body.Append(
                i switch
                {
                    3 => "{\n",
                    7 => "\n",
                    9 => $$"""{"to":"{{To}}","text":""}""" + "\r\n",
                    _ => $$"""{"to":"{{To}}","text":"{{i}}","id":"3EB00000{{i:00}}"}""" + "\n",
                }
            );

        var (status, lines) = await api.BatchAsync(body.ToString());

        status.ShouldBe(200);
        lines.Select(l => (int)l["line"]!).ShouldBe(Enumerable.Range(1, 20).Where(i => i != 7));
        foreach (var line in lines)
            ((int)line["status"]!).ShouldBe(
                (int)line["line"]! is 3 or 9 ? 400 : 202,
                line.ToJsonString()
            );
        ((string?)lines[2]["problem"]!["detail"]).ShouldNotBeNullOrEmpty();
        ((string?)lines[0]["message"]!["state"]).ShouldBe("Queued");
        // In their order.
        (
            await world.SqlAsync(
                "select string_agg(substr(id, 9), ' ' order by seq) from wa.session_outbox"
            )
        ).ShouldBe(
            string.Join(
                ' ',
                Enumerable.Range(1, 20).Where(i => i is not (3 or 7 or 9)).Select(i => $"{i:00}")
            )
        );
        (await api.BatchAsync(string.Concat(Enumerable.Repeat("{}\n", 1001)))).Status.ShouldBe(400);

        await api.AskAsync(HttpMethod.Delete, "/3EB0000020");
        var seen = new List<string>();
        string? after = null;
        do
        {
            var (_, page, _) = await api.AskAsync(
                HttpMethod.Get,
                $"?limit=5{(after is null ? "" : $"&after={after}")}"
            );
            page!["data"]!.AsArray().Count.ShouldBeLessThanOrEqualTo(5);
            seen.AddRange(page["data"]!.AsArray().Select(m => (string)m!["id"]!));
            after = (string?)page["next"];
        } while (after is not null);
        seen.ShouldBe(
            Enumerable
                .Range(1, 19)
                .Where(i => i is not (3 or 7 or 9))
                .Reverse()
                .Append(20)
                .Select(i => $"3EB00000{i:00}")
        );
        var (_, some, _) = await api.AskAsync(HttpMethod.Get, $"?state=Cancelled&chat={To}");
        ((string?)some!["data"]!.AsArray().Single()!["id"]).ShouldBe("3EB0000020");
        (await api.AskAsync(HttpMethod.Get, "?chat=491700000042")).Body!["data"]!
            .AsArray()
            .ShouldBeEmpty();
        foreach (
            var bad in (string[])
                [
                    "limit=0",
                    "limit=x",
                    "after=x",
                    "state=queued",
                    "chat=x",
                    "colour=red",
                    "limit=1&limit=2",
                ]
        )
            (await api.AskAsync(HttpMethod.Get, $"?{bad}")).Status.ShouldBe(400, bad);
    }

    [Fact]
    public async Task A_key_and_the_id_that_it_stands_for_are_one_as_the_gateway_sends_them()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new Caller(pod.Api, ana.Name);
        var id = IdempotencyIds.Of(ana.Tenant, "ns", ana.Name, "order 1");

        var (status, sent, _) = await api.PostAsync(
            ben.Phone,
            $""" "id":"{id}","text":"hi" """,
            "order 1"
        );
        status.ShouldBe(202, sent?.ToJsonString());
        ((string?)sent!["id"]).ShouldBe(id);
        // Straight to the pod the key stands for the same id.
        var (again, _, headers) = await api.PostAsync(ben.Phone, """ "text":"hi" """, "order 1");
        again.ShouldBe(202);
        headers.GetValues("Wa-Message-Id").ShouldBe([id]);
        (
            await api.PostAsync(ben.Phone, """ "id":"3EB0ANOTHER","text":"hi" """, "order 1")
        ).Status.ShouldBe(400);
    }

    private static async Task<bool> SeenAsync(PodWorld world, string id) =>
        (await world.GetAsync<MessageAnswer[]>("/messages?limit=1000")).Any(m => m.Id == id);

    /// <summary>A tenant's program that looks at headers, too.</summary>
    private sealed class Caller : IDisposable
    {
        private readonly HttpClient _http;
        private readonly string _path;

        public Caller(Uri pod, string session)
        {
            _path = $"/v1/sessions/ns/{session}/messages";
            _http = new() { BaseAddress = pod };
            _http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        }

        public Task<(int Status, JsonNode? Body, HttpResponseHeaders Headers)> PostAsync(
            string to,
            string kind,
            string? key = null
        ) => AskAsync(HttpMethod.Post, "", $$"""{"to":"{{to}}",{{kind}}}""", key);

        public async Task<JsonNode> TakenAsync(string to, string kind)
        {
            var (status, body, _) = await PostAsync(to, kind);
            status.ShouldBe(202, $"{kind} {body?.ToJsonString()}");
            return body!;
        }

        public async Task<string> IdAsync(string to, string kind) =>
            (string)(await TakenAsync(to, kind))["id"]!;

        public async Task<JsonNode> FindAsync(string id) =>
            (await AskAsync(HttpMethod.Get, $"/{id}")).Body!;

        public Task StateAsync(string id, string state) =>
            Eventually.True(
                $"message {id} is {state}",
                async () => (string?)(await FindAsync(id))["state"] == state
            );

        public async Task<(int Status, List<JsonNode> Lines)> BatchAsync(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/x-ndjson");
            using var answer = await _http.PostAsync(_path, content);
            var text = await answer.Content.ReadAsStringAsync();
            return (
                (int)answer.StatusCode,
                [
                    .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                        .Select(l => JsonNode.Parse(l)!),
                ]
            );
        }

        public async Task<(int Status, JsonNode? Body, HttpResponseHeaders Headers)> AskAsync(
            HttpMethod method,
            string path,
            string? body = null,
            string? key = null
        )
        {
            using var request = new HttpRequestMessage(method, _path + path)
            {
                Content = body is null
                    ? null
                    : new StringContent(body, Encoding.UTF8, "application/json"),
            };
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return (
                (int)answer.StatusCode,
                text.Length > 0 ? JsonNode.Parse(text) : null,
                answer.Headers
            );
        }

        public void Dispose() => _http.Dispose();
    }
}
