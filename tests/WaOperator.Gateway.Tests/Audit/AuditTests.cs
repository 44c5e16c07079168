using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Domain;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store.Gateway;
using WaOperator.Store.Operator;

namespace WaOperator.Gateway.Tests.Audit;

/// <summary>Who called what, as the gateway tells it.</summary>
public sealed class AuditTests
{
    private const string Other = "other-0123456789abcdef0123456789abcdef";
    private const string Narrow = "narrow-0123456789abcdef0123456789abcde";
    private const string Sender = "sender-0123456789abcdef0123456789abcde";

    [Fact]
    public async Task It_tells_who_called_what_and_how_it_was_answered()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        await KeysAsync(world, await world.TenantAsync());
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);

        await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"id":"m-1","to":"491700000002","text":"secret words"}"""
        );
        await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"id":"m-2","to":"491700000002","text":"x"}"""
        );
        pod.Answer = http => FakePod.ProblemAsync(http, 409, "not-paired");
        await tenant.PostAsync($"{session.Path}/typing", """{"to":"491700000002"}""");
        await tenant.GetAsync($"{session.Path}/messages/m-1");
        await tenant.GetAsync("/v1/sessions/ns/none/messages");
        await tenant.AskAsync(new(HttpMethod.Delete, $"{session.Path}/blocks/491700000002"));

        var entries = await ReadAsync(gateway, tenant, "/v1/audit");
        // Two calls may fall into two entries.
        entries
            .GroupBy(e => ($"{e["operation"]}", (int)e["status"]!))
            .Select(e => (e.Key.Item1, e.Key.Item2, e.Sum(x => (int)x["calls"]!)))
            .ShouldBe(
                [
                    ("sendMessage", 202, 2),
                    ("showTyping", 409, 1),
                    ("getMessage", 409, 1),
                    ("listMessages", 404, 1),
                    ("unblockContact", 409, 1),
                ],
                ignoreOrder: true
            );
        var sent = entries.Where(e => (string?)e["operation"] == "sendMessage").ToArray();
        sent.SelectMany(e => e["subjects"]!.AsArray())
            .Select(s => (string?)s)
            .ShouldBe(["m-1", "m-2"], ignoreOrder: true);
        sent.Select(e => ((string?)e["key"], (string?)e["namespace"], (string?)e["session"]))
            .Distinct()
            .ShouldBe([("acme/key", "ns", session.Name)]);
        string.Concat(entries.Select(e => e.ToJsonString()))
            .ShouldNotContain("491700000002", customMessage: "a number is in the audit");
        (
            await ReadAsync(gateway, tenant, "/v1/audit?operation=showTyping&status=409")
        ).Count.ShouldBe(1);
        (await ReadAsync(gateway, tenant, "/v1/audit?operation=listAudit")).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_tenant_sees_its_own_and_a_narrow_key_what_was_about_its_sessions()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var (mine, second) = (await world.SessionAsync(pod), await world.SessionAsync(pod));
        await KeysAsync(world, await world.TenantAsync(), second.Name);
        await world.TenantAsync("other", Other);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        using var other = new Tenant(gateway, Other);
        using var narrow = new Tenant(gateway, Narrow);
        using var sender = new Tenant(gateway, Sender);
        using var stranger = new Tenant(gateway, "not-a-key");
        await tenant.PostAsync($"{mine.Path}/messages", """{"to":"1","text":"x"}""");
        await sender.PostAsync($"{second.Path}/messages", """{"to":"1","text":"x"}""");
        (
            await other.PostAsync($"{mine.Path}/messages", """{"to":"1","text":"x"}""")
        ).Status.ShouldBe(404);
        (await stranger.GetAsync(mine.Path)).Status.ShouldBe(401);

        (await sender.GetAsync("/v1/audit")).Slug.ShouldBe("forbidden-scope");
        (await stranger.GetAsync("/v1/audit")).Status.ShouldBe(401);
        Told(await ReadAsync(gateway, other, "/v1/audit"))
            .Select(e => (e.Session, e.Status))
            // That there is a session of that name is not for it to know.
            .ShouldBe([(null, 404)]);
        Told(await ReadAsync(gateway, narrow, "/v1/audit"))
            .ShouldBe([("sender/key", second.Name, 202)]);
        Told(await ReadAsync(gateway, tenant, "/v1/audit?operation=sendMessage"))
            .ShouldBe([("acme/key", mine.Name, 202), ("sender/key", second.Name, 202)], true);
    }

    [Fact]
    public async Task It_is_read_page_by_page()
    {
        await using var world = await GatewayWorld.StartAsync();
        var id = await world.TenantAsync();
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        var now = TimeProvider.System.GetUtcNow();
        var log = gateway.Services.GetRequiredService<GatewayStore>().Audit;
        await log.AppendAsync([
            .. Enumerable
                .Range(0, 25)
                .Select(n => now.AddHours(-n))
                .Select(at =>
                    (
                        id,
                        new AuditEntry(
                            Guid.CreateVersion7(at),
                            at,
                            "a/b",
                            "getSession",
                            null,
                            null,
                            200,
                            1,
                            []
                        )
                    )
                ),
        ]);

        var times = new List<DateTimeOffset>();
        var path =
            $"/v1/audit?limit=7&since={now.AddDays(-3).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}&operation=getSession";
        while (path is not null)
        {
            var page = await tenant.GetAsync(path);
            page.Status.ShouldBe(200);
            times.AddRange(
                page.Body!["data"]!.AsArray().Select(e => e!["at"]!.GetValue<DateTimeOffset>())
            );
            var link = page.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
            ((string?)page.Body["next"] is null).ShouldBe(link is null);
            path = link?.Split('<', '>')[1];
        }

        times.Count.ShouldBe(25);
        times.ShouldBe(times.OrderDescending());
        (await tenant.GetAsync("/v1/audit?operation=getSession")).Body!["data"]!
            .AsArray()
            .Count.ShouldBe(24, "those of the last day");
        (await tenant.GetAsync("/v1/audit?since=never")).Slug.ShouldBe("invalid-body");
    }

    [Fact]
    public async Task What_was_called_while_PostgreSQL_was_away_is_stored_later()
    {
        await using var world = await GatewayWorld.StartAsync(ownServer: true);
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var id = await world.TenantAsync();
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        await tenant.GetAsync($"{session.Path}/messages/m-1");
        await world.Server.StopAsync();
        // As for a call whose key is still known.
        gateway
            .Services.GetRequiredService<AuditTrail>()
            .Note(
                new(id, "acme/key", "getMessage", new("ns", session.Name), 503),
                reads: true,
                "m-2"
            );
        await gateway.Services.GetRequiredService<AuditWriter>().FlushAsync(CancellationToken.None);

        await world.Server.StartAgainAsync();

        var asked = await ReadAsync(gateway, tenant, "/v1/audit?operation=getMessage");
        asked
            .SelectMany(e => e["subjects"]!.AsArray())
            .Select(s => (string?)s)
            .Order()
            .ShouldBe(["m-1", "m-2"]);
    }

    [Fact]
    public async Task Made_up_names_and_numbers_in_the_place_of_ids_are_not_told()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        for (var i = 0; i < 5; i++)
            await tenant.GetAsync($"/v1/sessions/ns/made-up-{i}/messages");
        for (var i = 0; i < 5; i++)
            await tenant.GetAsync($"{session.Path}/messages/m-1");
        await tenant.GetAsync($"{session.Path}/messages/491700000002");
        await tenant.PostAsync($"{session.Path}/messages/retry", "{}");

        var entries = await ReadAsync(gateway, tenant, "/v1/audit");

        entries
            .Select(e =>
                (
                    (string?)e["operation"],
                    (string?)e["session"],
                    (int)e["calls"]!,
                    string.Join(' ', e["subjects"]!.AsArray())
                )
            )
            .ShouldBe(
                [
                    ("listMessages", null, 5, ""),
                    ("getMessage", session.Name, 6, "m-1"),
                    ("retryMessages", session.Name, 1, ""),
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task A_call_for_one_tenant_of_a_key_is_not_told_to_the_other()
    {
        await using var world = await GatewayWorld.StartAsync();
        await world.PodAsync(0);
        var session = await world.SessionAsync();
        var mine = await world.TenantAsync();
        var other = await world.Desired.PutTenantAsync(
            new TenantRow("other-ns", "other", false, "{}")
        );
        await world.Desired.PutApiKeysAsync(other, [Hash(GatewayWorld.ApiKey), Hash(Other)]);
        var gateway = await world.GatewayAsync();
        using var both = new Tenant(gateway);
        using var others = new Tenant(gateway, Other);

        (await both.GetAsync(session.Path)).Status.ShouldBe(200);

        Told(await ReadAsync(gateway, both, "/v1/audit"))
            .Select(e => (e.Session, e.Status))
            .ShouldBe([(session.Name, 200)]);
        Told(await ReadAsync(gateway, others, "/v1/audit")).ShouldBeEmpty();
        mine.ShouldNotBe(other);
    }

    [Fact]
    public async Task What_was_noted_is_stored_before_the_gateway_ends()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var gateway = await world.GatewayAsync();
        using (var tenant = new Tenant(gateway))
            await tenant.GetAsync($"{session.Path}/messages");

        await gateway.StopAsync();

        (await world.SqlAsync("select sum(calls) from wa.audit_entry")).ShouldBe(1L);
    }

    private static async Task KeysAsync(GatewayWorld world, long tenant, string session = "s-1") =>
        await world.Desired.PutApiKeysAsync(
            tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal)
                {
                    ["acme/key"] = Hash(GatewayWorld.ApiKey),
                    ["narrow/key"] = Hash(Narrow),
                    ["sender/key"] = Hash(Sender),
                },
                [],
                MayAdd: true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["narrow/key"] = new([ApiScopes.AuditRead], [session], null),
                    ["sender/key"] = new([ApiScopes.MessagesSend], null, null),
                },
            }
        );

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    private static (string? Key, string? Session, int Status)[] Told(
        IEnumerable<JsonNode> entries
    ) =>
        [
            .. entries
                .Where(e => (string?)e["operation"] != "listAudit")
                .Select(e => ((string?)e["key"], (string?)e["session"], (int)e["status"]!)),
        ];

    private static async Task<IReadOnlyList<JsonNode>> ReadAsync(
        TestGateway gateway,
        Tenant tenant,
        string path
    )
    {
        await gateway.Services.GetRequiredService<AuditWriter>().FlushAsync(CancellationToken.None);
        var answer = await tenant.GetAsync(path);
        answer.Status.ShouldBe(200, answer.Body?.ToJsonString());
        return [.. answer.Body!["data"]!.AsArray().Select(e => e!)];
    }
}
