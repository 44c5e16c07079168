using Microsoft.Extensions.DependencyInjection;
using WaOperator.Domain;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store.Operator;

namespace WaOperator.Gateway.Tests.Tokens;

/// <summary>Tokens in the place of keys at the gateway, with what PostgreSQL says of their issuers.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_token_opens_what_its_tenant_trusts_its_issuer_with()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var (mine, theirs) = (
            await world.SessionAsync(pod),
            await world.SessionAsync(pod, "other")
        );
        var issuer = new TestIssuer();
        await TrustAsync(
            world,
            await world.TenantAsync(),
            issuer.Keys,
            [ApiScopes.SessionsRead, ApiScopes.AuditRead]
        );
        var gateway = await world.GatewayAsync();
        using var kim = new Tenant(gateway, issuer.Token(TimeProvider.System.GetUtcNow()));
        using var stranger = new Tenant(
            gateway,
            new TestIssuer().Token(TimeProvider.System.GetUtcNow())
        );
        using var late = new Tenant(
            gateway,
            issuer.Token(TimeProvider.System.GetUtcNow().AddHours(-2))
        );

        var page = await kim.GetAsync("/v1/sessions");
        page.Status.ShouldBe(200, page.Body?.ToJsonString());
        page.Body!["data"]!.AsArray().Select(s => (string?)s!["name"]).ShouldBe([mine.Name]);
        (await kim.PostAsync("/v1/sessions", "{}")).Slug.ShouldBe("forbidden-scope");
        (await kim.GetAsync(theirs.Path)).Status.ShouldBe(404);
        (await stranger.GetAsync("/v1/sessions")).Status.ShouldBe(401);
        (await late.GetAsync("/v1/sessions")).Status.ShouldBe(401);

        await gateway.Services.GetRequiredService<AuditWriter>().FlushAsync(CancellationToken.None);
        var audit = await kim.GetAsync("/v1/audit?operation=listSessions");
        ((string?)audit.Body!["data"]![0]!["key"]).ShouldBe("token:kim");
    }

    [Fact]
    public async Task An_issuer_that_is_taken_away_opens_nothing_for_new_looks()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await world.TenantAsync();
        var issuer = new TestIssuer();
        await TrustAsync(world, tenant, issuer.Keys);
        await TrustAsync(world, tenant, keys: null);
        var before = await world.GatewayAsync();
        using (var kim = new Tenant(before, issuer.Token(TimeProvider.System.GetUtcNow())))
            (await kim.GetAsync("/v1/sessions")).Status.ShouldBe(
                200,
                "its Secret was not readable"
            );

        await TrustAsync(world, tenant);

        // Another gateway remembers nothing.
        var after = await world.GatewayAsync();
        using (var kim = new Tenant(after, issuer.Token(TimeProvider.System.GetUtcNow())))
            (await kim.GetAsync("/v1/sessions")).Status.ShouldBe(401);
        (await world.SqlAsync("select count(*) from wa.token_issuer")).ShouldBe(0L);
    }

    private static Task TrustAsync(
        GatewayWorld world,
        long tenant,
        string? keys,
        string[]? scopes = null
    ) =>
        TrustAsync(
            world,
            tenant,
            new StoredIssuer(
                TestIssuer.Name,
                TestIssuer.Audience,
                "tenant",
                scopes,
                "login/keys",
                keys
            )
        );

    private static Task TrustAsync(
        GatewayWorld world,
        long tenant,
        params StoredIssuer[] issuers
    ) =>
        world.Desired.PutApiKeysAsync(
            tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal),
                [],
                MayAdd: true
            )
            {
                Issuers = issuers,
            }
        );
}
