using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Domain;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store.Operator;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>Who may do what below /cloud, how it is refused, and what the audit tells of it.</summary>
public sealed class CloudAccessTests
{
    private const string Narrow = "narrow-0123456789abcdef0123456789abcde";
    private const string Sender = "sender-0123456789abcdef0123456789abcde";

    private const string Text =
        """{"messaging_product":"whatsapp","to":"491700000002","text":{"body":"secret words"}}""";

    [Fact]
    public async Task All_that_is_refused_has_Metas_shape()
    {
        await using var cloud = await CloudWorld.StartAsync();
        using var keyless = new Tenant(cloud.Gateway, key: null);
        var (phone, account) = (cloud.Phone, cloud.Account);
        foreach (
            var (method, path, status, code) in new (string, string, int, int)[]
            {
                ("GET", "/cloud", 404, 100),
                ("GET", "/cloud/", 404, 100),
                ("GET", "/cloud/v23.0", 404, 100),
                ("GET", $"/cloud/v23/{phone}", 404, 100),
                ("GET", $"/cloud/v23.0x/{phone}", 404, 100),
                ("GET", "/cloud/v23.0/491799999999", 404, 100),
                ("GET", "/cloud/v23.0/x", 404, 100),
                ("GET", $"/cloud/v23.0/{phone}/messages", 404, 100),
                ("PUT", $"/cloud/v23.0/{phone}/messages", 404, 100),
                ("POST", $"/cloud/v23.0/{phone}/register", 404, 100),
                ("GET", $"/cloud/v23.0/{account}/subscribed_apps", 501, 100),
                ("DELETE", $"/cloud/v23.0/{account}/subscribed_apps", 501, 100),
                ("GET", $"/cloud/v23.0/{account + 1}/phone_numbers", 404, 100),
                ("GET", $"/cloud/v23.0/{account}/phone_numbers?limit=0", 400, 100),
                ("GET", "/cloud/v23.0/med_a", 400, 100),
                ("GET", "/cloud/v23.0/491799999999.med_a", 404, 100),
                ("POST", $"/cloud/v23.0/{phone}/messages", 415, 100),
                ("POST", $"/cloud/v23.0/{phone}/media", 415, 131053),
            }
        )
        {
            var answer = await cloud.Tenant.AskAsync(new(new(method), path));
            answer.Status.ShouldBe(status, $"{method} {path}");
            CloudWorld.CodeOf(answer).ShouldBe(code, $"{method} {path}");
            var without = await keyless.AskAsync(new(new(method), path));
            if (path.Contains("v23.0/", StringComparison.Ordinal))
                (without.Status, CloudWorld.CodeOf(without)).ShouldBe((401, 190), path);
        }
        foreach (
            var (body, type, status, code) in new (string, string, int, int)[]
            {
                ("{", "application/json", 400, 100),
                ("""{"ttl":1}""", "application/json", 400, 100),
                (Text, "text/plain", 415, 100),
                (new string(' ', 600 * 1024), "application/json", 413, 100),
                (Text.Replace("text", "image"), "application/json", 400, 100),
            }
        )
        {
            var answer = await cloud.Tenant.PostAsync(cloud.Messages, body, type: type);
            (answer.Status, CloudWorld.CodeOf(answer)).ShouldBe((status, code), body.Trim());
        }
        cloud.Pod.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_pod_refuses_is_told_in_Metas_shape_with_its_headers()
    {
        await using var cloud = await CloudWorld.StartAsync();
        cloud.Pod.Answer = http =>
        {
            http.Response.Headers.RetryAfter = "9";
            http.Response.Headers["RateLimit"] = "\"recipient-minute\";r=0;t=9";
            return FakePod.ProblemAsync(http, 429, "rate-limited");
        };

        var answer = await cloud.Tenant.PostAsync(cloud.Messages, Text);

        (answer.Status, CloudWorld.CodeOf(answer)).ShouldBe((429, 131056));
        answer.Headers.RetryAfter!.ToString().ShouldBe("9");
        answer.Headers.GetValues("RateLimit").ShouldBe(["\"recipient-minute\";r=0;t=9"]);
        cloud.Pod.Answer = http => FakePod.ProblemAsync(http, 409, "not-paired");
        CloudWorld.CodeOf(await cloud.Tenant.PostAsync(cloud.Messages, Text)).ShouldBe(133010);
    }

    [Fact]
    public async Task A_message_waits_for_an_owner_and_without_one_is_told_to_come_again()
    {
        await using var cloud = await CloudWorld.StartAsync(o =>
            o with
            {
                Hold = TimeSpan.FromSeconds(1),
            }
        );
        await cloud.World.ReleaseAsync(cloud.Session);

        var late = await cloud.Tenant.PostAsync(cloud.Messages, Text);

        (late.Status, CloudWorld.CodeOf(late)).ShouldBe((503, 131016));
        late.Headers.RetryAfter.ShouldNotBeNull();
        await cloud.World.OwnAsync(cloud.Session, cloud.Pod);
        (await cloud.Tenant.PostAsync(cloud.Messages, Text)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Numbers_of_others_and_of_sessions_that_the_key_does_not_open_look_like_none()
    {
        await using var cloud = await CloudWorld.StartAsync();
        var second = await cloud.World.SessionAsync(cloud.Pod);
        await CloudWorld.LinkAsync(cloud.World, second);
        var phone = (string)
            (await cloud.World.SqlAsync($"select phone from wa.session where id = {second.Id}"))!;
        await KeysAsync(cloud, second.Name);
        await cloud.World.TenantAsync("other", "other-key");
        using var narrow = new Tenant(cloud.Gateway, Narrow);
        using var other = new Tenant(cloud.Gateway, "other-key");

        var unknown = await narrow.PostAsync("/cloud/v1.0/491799999999/messages", Text);
        foreach (
            var refused in new[]
            {
                await narrow.PostAsync(cloud.Messages, Text),
                await other.PostAsync(cloud.Messages, Text),
            }
        )
            (refused.Status, (string?)refused.Body!["error"]!["message"]).ShouldBe(
                (404, (string?)unknown.Body!["error"]!["message"])
            );
        cloud.Pod.Requests.ShouldBeEmpty();

        (await narrow.PostAsync($"/cloud/v1.0/{phone}/messages", Text)).Status.ShouldBe(200);
        (await NumbersAsync(narrow)).ShouldBe([phone]);
        (await NumbersAsync(cloud.Tenant)).ShouldBe([cloud.Phone, phone], ignoreOrder: true);
        using var sender = new Tenant(cloud.Gateway, Sender);
        foreach (var path in new[] { $"/cloud/v1.0/{phone}", $"{Numbers()}" })
            CloudWorld.CodeOf(await sender.GetAsync(path)).ShouldBe(10, path);

        string Numbers() => $"/cloud/v1.0/{cloud.Account}/phone_numbers";

        async Task<IEnumerable<string?>> NumbersAsync(Tenant tenant) =>
            (await tenant.GetAsync(Numbers())).Body!["data"]!
                .AsArray()
                .Select(n => (string?)n!["id"]);
    }

    [Fact]
    public async Task Numbers_are_listed_page_by_page_and_only_those_with_a_phone()
    {
        await using var cloud = await CloudWorld.StartAsync();
        var unlinked = await cloud.World.SessionAsync(cloud.Pod);
        var third = await cloud.World.SessionAsync(cloud.Pod);
        await CloudWorld.LinkAsync(cloud.World, third);

        var seen = new List<string?>();
        var path = $"/cloud/v23.0/{cloud.Account}/phone_numbers?limit=1";
        var pages = 0;
        for (string? after = null; pages < 9; )
        {
            var page = (
                await cloud.Tenant.GetAsync(after is null ? path : $"{path}&after={after}")
            ).Body!;
            pages++;
            seen.AddRange(page["data"]!.AsArray().Select(n => (string?)n!["id"]));
            after = (string?)page["paging"]!["cursors"]?["after"];
            if (after is null)
                break;
        }

        pages.ShouldBe(3);
        seen.Count.ShouldBe(2);
        var number = (string)
            (await cloud.World.SqlAsync($"select phone from wa.session where id = {unlinked.Id}"))!;
        seen.ShouldNotContain(number);
        CloudWorld.CodeOf(await cloud.Tenant.GetAsync($"/cloud/v23.0/{number}")).ShouldBe(133010);
    }

    [Fact]
    public async Task A_key_in_the_address_is_taken_only_where_that_was_turned_on()
    {
        await using var off = await CloudWorld.StartAsync();
        using var keyless = new Tenant(off.Gateway, key: null);
        var path = $"/cloud/v23.0/{off.Phone}?access_token={GatewayWorld.ApiKey}";

        foreach (var tenant in new[] { keyless, off.Tenant })
        {
            var refused = await tenant.GetAsync(path);
            (refused.Status, CloudWorld.CodeOf(refused)).ShouldBe((401, 190));
            refused.Body!.ToJsonString().ShouldNotContain(GatewayWorld.ApiKey);
        }

        await using var on = await CloudWorld.StartAsync(o => o with { CloudQueryToken = true });
        using var program = new Tenant(on.Gateway, key: null);
        (
            await program.PostAsync($"{on.Messages}?access_token={GatewayWorld.ApiKey}", Text)
        ).Status.ShouldBe(200);
        var asked = on.Pod.Requests.ShouldHaveSingleItem();
        asked.Path.ShouldBe($"{on.Session.Path}/messages", "the key is in no address of a pod");
        asked.Headers.Authorization.ToString().ShouldBe($"Bearer {GatewayWorld.ApiKey}");
        var wrong = await program.GetAsync($"/cloud/v23.0/{on.Phone}?access_token=wrong");
        (wrong.Status, CloudWorld.CodeOf(wrong)).ShouldBe((401, 190));
        (
            await program.GetAsync($"/v1/sessions?access_token={GatewayWorld.ApiKey}")
        ).Status.ShouldBe(401, "elsewhere it is never taken");
        var entries = await AuditAsync(on);
        entries.ShouldNotBeEmpty();
        string.Concat(entries.Select(e => e.ToJsonString())).ShouldNotContain(GatewayWorld.ApiKey);
    }

    [Fact]
    public async Task The_audit_tells_of_it_as_of_other_calls()
    {
        await using var cloud = await CloudWorld.StartAsync();
        await KeysAsync(cloud, null);
        await cloud.Tenant.PostAsync(cloud.Messages, Text);
        var id = (string?)cloud.LastBody["id"];
        await cloud.Tenant.GetAsync($"/cloud/v23.0/{cloud.Phone}");
        await cloud.Tenant.GetAsync($"/cloud/v23.0/{cloud.Phone}.med_a");

        var entries = await AuditAsync(cloud);

        entries
            .Select(e => ((string?)e["operation"], (string?)e["session"], (int)e["status"]!))
            .ShouldBe(
                [
                    ("cloudSendMessage", cloud.Session.Name, 200),
                    // Reads that differ in nothing but their subject are told together.
                    ("cloudGet", cloud.Session.Name, 200),
                ],
                ignoreOrder: true
            );
        entries
            .SelectMany(e => e["subjects"]!.AsArray())
            .Select(s => (string?)s)
            .ShouldBe([id, "med_a"], ignoreOrder: true);
        var told = string.Concat(entries.Select(e => e.ToJsonString()));
        told.ShouldNotContain(cloud.Phone, customMessage: "a number is in the audit");
        told.ShouldNotContain("491700000002");
        told.ShouldNotContain("secret");
    }

    private static async Task<List<JsonNode>> AuditAsync(CloudWorld cloud)
    {
        await cloud
            .Gateway.Services.GetRequiredService<AuditWriter>()
            .FlushAsync(CancellationToken.None);
        return
        [
            .. (await cloud.Tenant.GetAsync("/v1/audit")).Body!["data"]!
                .AsArray()
                .Select(e => e!)
                .Where(e =>
                    ((string?)e["operation"])!.StartsWith("cloud", StringComparison.Ordinal)
                ),
        ];
    }

    private static async Task KeysAsync(CloudWorld cloud, string? session) =>
        await cloud.World.Desired.PutApiKeysAsync(
            cloud.Account,
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
                    ["narrow/key"] = new(null, session is null ? null : [session], null),
                    ["sender/key"] = new([ApiScopes.MessagesSend], null, null),
                },
            }
        );

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));
}
