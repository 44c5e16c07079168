using System.Security.Cryptography;
using System.Text;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api;

/// <summary>What keys open that do not open everything.</summary>
public sealed class KeyLimitTests
{
    private const string Limited = "limited-0123456789abcdef0123456789abcdef";

    [Theory]
    // The key's grants: tenant, scopes, sessions. Then tenant, session and scope that are asked for.
    [InlineData("1 * *", 1, "a", "messages:send", KeyVerdict.Allowed)]
    [InlineData("2 * *", 1, "a", "messages:send", KeyVerdict.NoSession)]
    [InlineData("", 1, "a", "messages:send", KeyVerdict.NoSession)]
    [InlineData("1 messages:send *", 1, "a", "messages:send", KeyVerdict.Allowed)]
    [InlineData("1 messages:send *", 1, "a", "messages:read", KeyVerdict.NoScope)]
    [InlineData("1 messages:send *", 1, "a", null, KeyVerdict.Allowed)]
    [InlineData("1 * a,b", 1, "b", "messages:read", KeyVerdict.Allowed)]
    [InlineData("1 * a,b", 1, "c", "messages:read", KeyVerdict.NoSession)]
    // A session that it does not open is not told of, whatever its scopes.
    [InlineData("1 messages:send a", 1, "c", "messages:read", KeyVerdict.NoSession)]
    [InlineData("1 messages:send a;1 messages:read c", 1, "c", "messages:read", KeyVerdict.Allowed)]
    [InlineData("1 messages:send a;1 messages:read c", 1, "a", "messages:read", KeyVerdict.NoScope)]
    [InlineData("1 messages:send a;2 * *", 1, "b", "messages:send", KeyVerdict.NoSession)]
    public void Judge(string grants, long tenant, string session, string? scope, object verdict)
    {
        var key = new KeyAnswer([
            .. grants
                .Split(';', StringSplitOptions.RemoveEmptyEntries)
                .Select(g => g.Split(' '))
                .Select(g => new KeyGrant(
                    long.Parse(g[0], System.Globalization.CultureInfo.InvariantCulture),
                    new(ListOf(g[1]), ListOf(g[2]), null)
                )),
        ]);

        key.Judge(tenant, session, scope).ShouldBe((KeyVerdict)verdict);

        static string[]? ListOf(string text) => text == "*" ? null : text.Split(',');
    }

    [Fact]
    public async Task A_key_opens_what_it_is_limited_to_until_it_ends()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var other = await world.PairedAsync(0);
        await PutAsync(
            world,
            session,
            new([ApiScopes.MessagesSend, ApiScopes.EventsRead], [session.Name], null)
        );
        using var api = new ApiClient(pod.Api, Limited);
        var path = $"/v1/sessions/ns/{session.Name}";

        var id = await api.TextAsync(session.Name, "491700000999", "hello");

        var (status, problem, _) = await api.GetAsync($"{path}/messages/{id}");
        status.ShouldBe(403);
        ((string?)problem!["type"]).ShouldBe("urn:wa:problem:forbidden-scope");
        ((string?)problem["detail"])!.ShouldContain(ApiScopes.MessagesRead);
        (await api.GetAsync(path)).Status.ShouldBe(403);
        (await api.SendAsync(other.Name, new { to = "491700000999", text = "x" })).Status.ShouldBe(
            404
        );
        (await api.GetAsync($"/v1/sessions/ns/{other.Name}/messages/{id}")).Status.ShouldBe(404);
        using (var events = await api.FollowAsync(session.Name))
            (await events.NextAsync()).ShouldNotBeNull();

        await PutAsync(
            world,
            session,
            new([ApiScopes.MessagesSend], null, new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero))
        );
        await Eventually.True(
            "the key has ended",
            async () => (await api.GetAsync(path)).Status == 401
        );
    }

    [Fact]
    public async Task Each_endpoint_of_a_session_asks_for_a_scope_and_each_scope_is_asked_for()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");

        var endpoints = pod
            .Endpoints.Where(e => e.Metadata.GetMetadata<ActsForSession>() is not null)
            .ToList();

        endpoints.ShouldNotBeEmpty();
        endpoints
            .Where(e => e.Metadata.GetMetadata<RequiredScope>() is null)
            .Select(e => e.DisplayName)
            .ShouldBeEmpty();
        // Sessions, the audit and webhooks, but for their tests, are the gateway's, whose tests have the rest.
        endpoints
            .Select(e => e.Metadata.GetMetadata<RequiredScope>()!.Scope)
            .OfType<string>()
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ShouldBe(
                ApiScopes
                    .All.Except([
                        ApiScopes.SessionsWrite,
                        ApiScopes.AuditRead,
                        ApiScopes.WebhooksRead,
                    ])
                    .Order(StringComparer.Ordinal)
            );
    }

    private static Task PutAsync(PodWorld world, TestSession session, ApiKeyLimits limits) =>
        world.Desired.PutApiKeysAsync(
            session.Tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal)
                {
                    ["limited/key"] = SHA256.HashData(Encoding.ASCII.GetBytes(Limited)),
                    ["open/key"] = SHA256.HashData(Encoding.ASCII.GetBytes(PodWorld.ApiKey)),
                },
                [],
                MayAdd: true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["limited/key"] = limits,
                },
            }
        );
}
