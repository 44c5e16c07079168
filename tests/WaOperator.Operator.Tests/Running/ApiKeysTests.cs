using System.Security.Cryptography;
using System.Text;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>API keys of tenants, on a real API server and a real PostgreSQL.</summary>
public sealed class ApiKeysTests(ITestOutputHelper output)
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Other = "the-other-key-0123456789abcdef012";
    private const string Third = "the-third-key-0123456789abcdef012";

    [Fact]
    public async Task Hashes_of_a_tenants_keys_stand_in_its_row_as_long_as_it_refers_to_them()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync(shards: 1);
        await world.Client.CreateAsync(
            new Secret
            {
                Metadata = new() { Name = "acme-api", Namespace = world.Ns },
                StringData = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["good"] = Key + "\n",
                    ["short"] = "guess me",
                },
            }
        );
        await world.TenantAsync(
            spec: new()
            {
                ApiKeySecretRefs =
                [
                    new() { Name = "acme-api", Key = "good" },
                    new() { Name = "acme-api", Key = "short" },
                    new() { Name = "nowhere", Key = "key" },
                ],
            }
        );
        await world.SessionAsync("a", "491700000001");

        await StoredAsync(
            world,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Key)))
        );
        await world.UntilEventAsync("acme", Reasons.SecretInvalid);
        var told = (await world.EventsAsync("acme"))
            .Single(e => e.Reason == Reasons.SecretInvalid)
            .Message!;
        told.ShouldContain("acme-api");
        told.ShouldContain("nowhere");
        told.ShouldNotContain("guess me");

        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"apiKeySecretRefs":null}}""");
        await StoredAsync(world, "");
    }

    [Fact]
    public async Task A_tenant_has_its_keys_before_its_first_session()
    {
        await using var world = await World.StartAsync(output);
        await SecretAsync(world, "one", Key);
        await TenantAsync(world, "one");
        await StoredAsync(world, [Key]);

        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"apiKeySecretRefs":null}}""");
        await StoredAsync(world, "");
        await world.Client.DeleteAsync<WhatsAppTenant>("acme", world.Ns);
        await Eventually.True(
            "no row of the tenant is left",
            async () => await world.SqlAsync<long>("select count(*) from wa.tenant") == 0
        );
    }

    [Fact]
    public async Task A_tenant_that_is_being_deleted_loses_keys_and_gets_none()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator(Quickly);
        await world.ServingPoolAsync(shards: 1);
        await SecretAsync(world, "one", Key);
        await SecretAsync(world, "two", Other);
        await TenantAsync(world, "one", "two");
        await world.SessionAsync("a", "491700000001");
        await StoredAsync(world, [Key, Other]);

        await world.Client.DeleteAsync<WhatsAppTenant>("acme", world.Ns);
        await ChangeAsync(world, "one", Third);
        await StoredAsync(world, [Other]);

        // The next leader has not written the tenant's row.
        await World.StopAsync(first);
        world.StartOperator(Quickly);
        await world.Client.DeleteAsync<Secret>("two", world.Ns);
        await StoredAsync(world, []);
        (await world.Client.GetAsync<WhatsAppTenant>("acme", world.Ns)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Keys_end_with_a_tenant_that_went_without_its_finalizer()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator(Quickly);
        await world.ServingPoolAsync(shards: 1);
        await SecretAsync(world, "one", Key);
        await TenantAsync(world, "one");
        await world.TenantAsync("globex");
        await world.SessionAsync("a", "491700000001");
        await world.SessionAsync("b", "491700000002", tenant: "globex");
        await world.UntilConnectedAsync("b");
        await StoredAsync(world, [Key]);
        await world.Client.DeleteAsync<WhatsAppSession>("b", world.Ns);
        await world.GoneAsync<WhatsAppSession>("b");
        await World.StopAsync(first);

        foreach (var name in new[] { "acme", "globex" })
        {
            await world.PatchAsync<WhatsAppTenant>(name, """{"metadata":{"finalizers":null}}""");
            await world.Client.DeleteAsync<WhatsAppTenant>(name, world.Ns);
            await world.GoneAsync<WhatsAppTenant>(name);
        }
        world.StartOperator(Quickly);

        await StoredAsync(world, []);
        await Eventually.True(
            "the row without sessions is gone, the other one stays",
            async () =>
                await world.SqlAsync<string>("select string_agg(name, ',') from wa.tenant")
                == "acme"
        );
    }

    [Fact]
    public async Task A_Secret_that_may_not_be_read_keeps_its_own_key_and_no_other()
    {
        await using var world = await World.CreateAsync(output);
        var refused = new RefusedSecret("one", world.Server.AdminToken);
        var first = world.StartOperator(Quickly, refused: refused);
        await world.ServingPoolAsync(shards: 1);
        await SecretAsync(world, "one", Key);
        await SecretAsync(world, "two", Other);
        await TenantAsync(world, "one", "two");
        await world.SessionAsync("a", "491700000001");
        await StoredAsync(world, [Key, Other]);

        refused.IsOn = true;
        await world.UntilEventAsync("acme", Reasons.ObjectRefused);
        await ChangeAsync(world, "two", Third);
        await StoredAsync(world, [Key, Third]);

        // Nor does the next leader forget which key is whose.
        await World.StopAsync(first);
        world.StartOperator(Quickly, refused: refused);
        await world.Client.DeleteAsync<Secret>("two", world.Ns);
        await StoredAsync(world, [Key]);

        refused.IsOn = false;
        await world.Client.DeleteAsync<Secret>("one", world.Ns);
        await StoredAsync(world, []);
    }

    [Fact]
    public async Task A_key_with_limits_is_not_among_those_that_open_everything()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync(shards: 1);
        await SecretAsync(world, "one", Key);
        await SecretAsync(world, "two", Other);
        await world.TenantAsync(
            spec: new()
            {
                ApiKeySecretRefs =
                [
                    new() { Name = "one", Key = "key" },
                    new()
                    {
                        Name = "two",
                        Key = "key",
                        Scopes = [ApiScopes.MessagesSend],
                        Sessions = ["a"],
                        NotAfter = new(2100, 1, 2, 3, 4, 5, TimeSpan.Zero),
                    },
                ],
            }
        );
        await world.SessionAsync("a", "491700000001");

        await StoredAsync(world, [Key]);
        const string Limited =
            "select coalesce((select string_agg(source || ' ' || scopes::text || ' ' || sessions::text || ' ' || extract(year from not_after), ';') from wa.limited_api_key), '')";
        (await world.SqlAsync<string>(Limited)).ShouldBe("two/key {messages:send} {a} 2100");

        // Without its limits it opens everything; without its reference nothing.
        await world.PatchAsync<WhatsAppTenant>(
            "acme",
            """{"spec":{"apiKeySecretRefs":[{"name":"two","key":"key"}]}}"""
        );
        await StoredAsync(world, [Other]);
        (await world.SqlAsync<string>(Limited)).ShouldBe("");
    }

    [Fact]
    public async Task Keys_of_an_issuer_of_tokens_are_stored_as_long_as_they_can_be_used()
    {
        const string Usable =
            """{"keys":[{"kty":"EC","kid":"1","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]}""";
        const string Stored =
            "select coalesce((select string_agg(concat_ws(' ', issuer, audience, claim, scopes::text, keys like '%axfR8%'), ';') from wa.token_issuer), '')";
        await using var world = await World.CreateAsync(output);
        world.StartOperator(Quickly);
        await SecretAsync(world, "login", "no keys");
        await world.TenantAsync(
            spec: new()
            {
                TokenIssuers =
                [
                    new()
                    {
                        Issuer = "https://login.example.com/",
                        Audience = "wa",
                        KeysSecretRef = new() { Name = "login", Key = "key" },
                        Scopes = [ApiScopes.SessionsRead],
                    },
                ],
            }
        );
        await world.UntilEventAsync("acme", Reasons.SecretInvalid);
        (await world.EventsAsync("acme"))
            .Single(e => e.Reason == Reasons.SecretInvalid)
            .Message!.ShouldContain("JSON Web Key Set");
        (await world.SqlAsync<string>(Stored)).ShouldBe("");

        await world.PatchAsync<Secret>(
            "login",
            $$$"""{"data":{"key":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(Usable))}}}"}}"""
        );
        await Eventually.True(
            "its keys are stored",
            async () =>
                await world.SqlAsync<string>(Stored)
                == "https://login.example.com/ wa tenant {sessions:read} t"
        );

        await world.Client.DeleteAsync<Secret>("login", world.Ns);
        await Eventually.True(
            "without its keys no token is good",
            async () => await world.SqlAsync<string>(Stored) == ""
        );
    }

    private static void Quickly(OperatorOptions options) => options.ApiKeys.RoundSeconds = 1;

    private static Task SecretAsync(World world, string name, string key) =>
        world.Client.CreateAsync(
            new Secret
            {
                Metadata = new() { Name = name, Namespace = world.Ns },
                StringData = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["key"] = key,
                },
            }
        );

    private static Task ChangeAsync(World world, string name, string key) =>
        world.PatchAsync<Secret>(name, $$$"""{"stringData":{"key":"{{{key}}}"}}""");

    private static Task<WhatsAppTenant> TenantAsync(World world, params string[] secrets) =>
        world.TenantAsync(
            spec: new()
            {
                ApiKeySecretRefs =
                [
                    .. secrets.Select(s => new ApiKeyReference { Name = s, Key = "key" }),
                ],
            }
        );

    private static Task StoredAsync(World world, string[] keys) =>
        StoredAsync(
            world,
            string.Join(
                ',',
                keys.Select(k =>
                        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(k)))
                    )
                    .Order(StringComparer.Ordinal)
            )
        );

    private static Task StoredAsync(World world, string hashes) =>
        Eventually.True(
            $"the tenant's row has the keys [{hashes}]",
            async () =>
                await world.SqlAsync<string>(
                    "select coalesce((select string_agg(encode(k, 'hex'), ',' order by k) from wa.tenant, unnest(api_keys) k), '')"
                ) == hashes
        );

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789abcdef0123456789abcdef\r\n", true)]
    [InlineData("0123456789abcdef0123456789abcde", false)]
    [InlineData("0123456789abcdef 0123456789abcdef", false)]
    [InlineData("0123456789abcdef0123456789abcdeé", false)]
    [InlineData("", false)]
    public void A_key_is_long_and_printable(string value, bool usable) =>
        (ApiKey.Hash(Encoding.UTF8.GetBytes(value)) is not null).ShouldBe(usable);

    [Fact]
    public void A_key_has_an_upper_limit_and_may_be_absent()
    {
        ApiKey.Hash(null).ShouldBeNull();
        ApiKey.Hash(Encoding.ASCII.GetBytes(new string('k', ApiKey.MaxLength))).ShouldNotBeNull();
        ApiKey.Hash(Encoding.ASCII.GetBytes(new string('k', ApiKey.MaxLength + 1))).ShouldBeNull();
    }
}
