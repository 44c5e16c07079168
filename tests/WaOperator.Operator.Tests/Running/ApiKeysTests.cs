using System.Security.Cryptography;
using System.Text;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>API keys of tenants, on a real API server and a real PostgreSQL.</summary>
public sealed class ApiKeysTests(ITestOutputHelper output)
{
    private const string Key = "0123456789abcdef0123456789abcdef";

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

    private static Task StoredAsync(World world, string hashes) =>
        Eventually.True(
            $"the tenant's row has the keys [{hashes}]",
            async () =>
                await world.SqlAsync<string>(
                    "select coalesce((select string_agg(encode(k, 'hex'), ',') from unnest(api_keys) k), '') from wa.tenant"
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
