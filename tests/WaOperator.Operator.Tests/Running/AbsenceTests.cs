using Npgsql;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>An absence of PostgreSQL moves no one, neither by what was decided before it nor by what looks stale after it.</summary>
public sealed class AbsenceTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Longer_than_a_lease_and_every_shard_keeps_its_sessions()
    {
        await using var postgres = await PostgresServer.StartAsync(durable: true);
        await using var world = await World.CreateAsync(output, postgres: postgres);
        world.StartOperator();
        await SessionsAsync(world, shards: 3, sessions: 9);
        var before = await PlacesAsync(world);

        await postgres.StopAsync();
        await Steadily.Holds(
            "the shards are not counted as lost",
            TimeSpan.FromSeconds(6),
            async () =>
                (await world.Client.GetAsync<WhatsAppSessionPool>("default", world.Ns))!
                    .Status!
                    .Shards!
                    .Serving == 3
                    ? null
                    : "a shard does not serve"
        );
        await postgres.StartAgainAsync();

        await Steadily.Holds(
            "everybody stays, past the life of a lease",
            TimeSpan.FromSeconds(6),
            async () => Difference(before, await PlacesAsync(world))
        );
    }

    [Fact]
    public async Task Then_no_one_is_moved_to_a_shard_that_died_meanwhile()
    {
        await using var postgres = await PostgresServer.StartAsync(durable: true);
        await using var world = await World.CreateAsync(output, postgres: postgres);
        world.StartOperator();
        var shards = await SessionsAsync(world, shards: 3, sessions: 12);
        var before = await PlacesAsync(world);

        await postgres.StopAsync();
        await shards[1].CrashAsync();
        await DrainAsync(world, "\"0\"");
        await postgres.StartAgainAsync();

        await Eventually.True(
            "shard 0 is drained",
            async () =>
            {
                var now = await PlacesAsync(world);
                now.Where(p => p.Value.Ordinal == 1 && before[p.Key].Ordinal != 1)
                    .ShouldBeEmpty("its lease stands still since before the absence");
                return now.Values.All(p => p.Ordinal != 0);
            }
        );
    }

    [Fact]
    public async Task What_was_committed_and_not_answered_is_read_again()
    {
        await using var world = await World.CreateAsync(output);
        var port = new NpgsqlConnectionStringBuilder(world.Connection).Port;
        await using var way = TcpProxy.To(port);
        world.StartOperator(way);
        await SessionsAsync(world, shards: 2, sessions: 1);
        var here = (await PlacesAsync(world)).Values.Single().Ordinal;

        way.CutAfterCommitOf("insert into wa.placement");
        await DrainAsync(world, $"\"{here}\"");
        await Eventually.True(
            "it is placed on the other shard",
            async () => (await PlacesAsync(world)).Values.Single().Ordinal != here
        );
        await DrainAsync(world, "null");
        way.Heal();

        var shown = await world.UntilAsync<WhatsAppSession>(
            "s0",
            "shown where it is",
            s =>
                s.Status is { Phase: SessionPhases.Connected, Shard: { } shard }
                && shard == 1 - here
        );
        shown.Status!.Epoch.ShouldBe(2, "it moved once");
    }

    private static async Task<FakeShard[]> SessionsAsync(World world, int shards, int sessions)
    {
        var (_, serving) = await world.ServingPoolAsync(shards);
        await world.TenantAsync();
        for (var i = 0; i < sessions; i++)
            await world.SessionAsync($"s{i}", $"4917000000{i:00}");
        for (var i = 0; i < sessions; i++)
            await world.UntilConnectedAsync($"s{i}");
        return serving;
    }

    private static Task DrainAsync(World world, string ordinals) =>
        world.PatchAsync<WhatsAppSessionPool>(
            "default",
            $$$"""{"metadata": {"annotations": {"{{{Annotations.Drain}}}": {{{ordinals}}} } } }"""
        );

    /// <summary>Where each session is placed, and how often it was claimed.</summary>
    private static async Task<Dictionary<long, (int Ordinal, long Epoch)>> PlacesAsync(World world)
    {
        await using var command = world.Database.CreateCommand(
            "select session_id, p.ordinal, coalesce(o.epoch, 0) from wa.placement p left join wa.session_owner o using (session_id)"
        );
        var places = new Dictionary<long, (int, long)>();
        try
        {
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                places.Add(reader.GetInt64(0), (reader.GetInt32(1), reader.GetInt64(2)));
        }
        catch (NpgsqlException e) when (e.InnerException is IOException or EndOfStreamException)
        {
            // A connection of before the absence, found dead by its first use.
            return await PlacesAsync(world);
        }
        return places;
    }

    private static string? Difference(
        Dictionary<long, (int Ordinal, long Epoch)> before,
        Dictionary<long, (int Ordinal, long Epoch)> now
    ) =>
        now.Count == before.Count && now.All(p => before[p.Key] == p.Value)
            ? null
            : string.Join(", ", now.Select(p => $"{p.Key}: {before[p.Key]} -> {p.Value}"));
}
