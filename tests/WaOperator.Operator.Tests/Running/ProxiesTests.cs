using System.Text;
using Npgsql;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Resources;
using WaOperator.Sealing;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Proxies of sessions, on a real API server and a real PostgreSQL; the pods' part is played.</summary>
public sealed class ProxiesTests(ITestOutputHelper output)
{
    private const string First = "socks5://anna:hunter2@one.example:1080";
    private const string Second = "http://two.example:3128";

    private FakeShard[] _shards = [];

    [Fact]
    public async Task A_session_is_placed_once_its_proxy_is_sealed_and_follows_the_secret()
    {
        await using var world = await StartAsync();
        var keys = SealedBox.CreateKeys();
        await SecretAsync(world, First);
        await DeclareAsync(world);
        await world.UntilSessionAsync(
            "s",
            ConditionTypes.Ready,
            "False",
            Reasons.ProxyWaitsForPods
        );
        (await RowsAsync(world)).ShouldBe(0, "without its proxy it must not be run");

        await KeyAsync(world, keys.Public);
        await world.UntilConnectedAsync("s");
        (await OpenAsync(world, keys)).ShouldBe(First);
        var before = await VersionAsync(world);
        before!.ShouldNotContain("hunter2");

        await world.PatchAsync<Secret>("proxies", $$$"""{"stringData":{"url":"{{{Second}}}"}}""");
        await Eventually.True(
            "the other proxy is handed over",
            async () => await OpenAsync(world, keys) == Second
        );
        (await VersionAsync(world)).ShouldNotBe(before);
        await world.UntilConnectedAsync("s");

        // At rest nothing is written.
        var version = await WrittenAsync(world);
        await world.QuietAsync(3);
        (await WrittenAsync(world)).ShouldBe(version);

        await world.PatchAsync<WhatsAppSession>("s", """{"spec":{"proxySecretRef":null}}""");
        await Eventually.True(
            "it connects directly",
            async () => await VersionAsync(world) is null
        );
    }

    [Fact]
    public async Task What_is_wrong_with_the_secret_is_told_and_nothing_runs_without_a_proxy()
    {
        await using var world = await StartAsync();
        var keys = SealedBox.CreateKeys();
        await KeyAsync(world, keys.Public);
        await DeclareAsync(world);
        await ToldAsync(world, "there is no Secret proxies");
        await world.UntilEventAsync("s", Reasons.ProxySecretInvalid);
        await SecretAsync(world, "ftp://anna:hunter2@one.example");
        (await ToldAsync(world, "line 1")).ShouldNotContain("hunter2");
        (await RowsAsync(world)).ShouldBe(0);

        await world.PatchAsync<Secret>("proxies", $$$"""{"stringData":{"url":"{{{First}}}"}}""");
        await world.UntilConnectedAsync("s");

        // What was read before is kept, and that it is out of date is told.
        await world.Client.DeleteAsync<Secret>("proxies", world.Ns);
        (await ToldAsync(world, "there is no Secret proxies")).ShouldContain("read before");
        (await OpenAsync(world, keys)).ShouldBe(First);
        (await DesiredAsync(world)).ShouldBe("Active");

        // What was read from elsewhere is not.
        await world.PatchAsync<WhatsAppSession>(
            "s",
            """{"spec":{"proxySecretRef":{"name":"others","key":"url"}}}"""
        );
        await Eventually.True("it stops", async () => await DesiredAsync(world) == "Stopped");
        await ToldAsync(world, "there is no Secret others");
    }

    [Fact]
    public async Task A_session_that_ran_directly_stops_when_it_declares_a_proxy_that_is_not_there()
    {
        await using var world = await StartAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");
        foreach (var shard in _shards)
            shard.Deaf = true;

        await world.PatchAsync<WhatsAppSession>(
            "s",
            """{"spec":{"proxySecretRef":{"name":"proxies","key":"url"}}}"""
        );

        await Eventually.True("it stops", async () => await DesiredAsync(world) == "Stopped");
        await ToldAsync(world, "there is no Secret proxies");

        // Nor is it unlinked directly.
        await world.Client.DeleteAsync<WhatsAppSession>("s", world.Ns);
        await Eventually.True("it is to go", async () => await DesiredAsync(world) == "Deleting");
        (await world.SqlAsync<bool>("select skip_unlink from wa.session")).ShouldBeTrue();
    }

    private async Task<World> StartAsync()
    {
        var world = await World.CreateAsync(output);
        world.StartOperator((OperatorOptions o) => o.ApiKeys.RoundSeconds = 1);
        (_, _shards) = await world.ServingPoolAsync();
        await world.TenantAsync();
        return world;
    }

    private static Task SecretAsync(World world, string url) =>
        world.Client.CreateAsync(
            new Secret
            {
                Metadata = new() { Name = "proxies", Namespace = world.Ns },
                StringData = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["url"] = url,
                },
            }
        );

    private static Task DeclareAsync(World world) =>
        world.SessionAsync(
            "s",
            "491700000001",
            spec =>
                spec with
                {
                    ProxySecretRef = new() { Name = "proxies", Key = "url" },
                }
        );

    private static async Task<string> ToldAsync(World world, string what) =>
        (
            await world.UntilAsync<WhatsAppSession>(
                "s",
                $"its Secret is told of: {what}",
                s =>
                    s.Status?.Conditions.Find(ConditionTypes.Stalled) is { Status: "True" } c
                    && c.Reason == Reasons.ProxySecretInvalid
                    && c.Message?.Contains(what, StringComparison.Ordinal) == true
            )
        )
            .Status!.Conditions.Find(ConditionTypes.Stalled)!
            .Message!;

    private static async Task KeyAsync(World world, byte[] key)
    {
        await using var command = world.Database.CreateCommand(
            "insert into wa.box_key (public_key, private_box) values ($1, 'x')"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = key });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> OpenAsync(
        World world,
        (byte[] Public, byte[] Private) keys
    ) =>
        await world.SqlAsync<byte[]>("select proxy_box from wa.session") is { } box
            ? Encoding.UTF8.GetString(SealedBox.Open(keys.Public, keys.Private, box))
            : null;

    private static Task<string?> VersionAsync(World world) =>
        world.SqlAsync<string>("select proxy_version from wa.session");

    private static Task<string?> WrittenAsync(World world) =>
        world.SqlAsync<string>("select xmin::text from wa.session");

    private static Task<string?> DesiredAsync(World world) =>
        world.SqlAsync<string>("select desired from wa.session");

    private static async Task<long> RowsAsync(World world) =>
        await world.SqlAsync<long>("select count(*) from wa.session");
}
