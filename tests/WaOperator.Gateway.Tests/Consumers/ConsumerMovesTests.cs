using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Gateway.Tests.Consumers;

/// <summary>Sessions move, streams of pods break off, gateways change, acknowledgements are lost, all at random: each event is fetched.</summary>
public sealed class ConsumerMovesTests(ITestOutputHelper output)
{
    private const int Steps = 150;

    [Fact]
    public async Task Each_event_is_fetched_and_after_its_acknowledgement_never_again()
    {
        var seed = Environment.GetEnvironmentVariable("WA_SEED") is { } given
            ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)
            : Environment.TickCount;
        output.WriteLine($"WA_SEED={seed}");
        var random = new Random(seed);
        await using var scene = await ConsumerScene.StartAsync(pods: 3, sessions: 5);
        await scene.MakeAsync();
        Tenant[] gateways = [scene.Tenant, new(await scene.World.GatewayAsync())];
        var (seen, acked) = (new HashSet<(long, long)>(), new HashSet<(long, long)>());
        var doubled = 0;

        for (var step = 0; step < Steps; step++)
        {
            await StepAsync(scene, random);
            if (step % 5 == 0)
                await FetchAsync(random.Next(3) > 0);
        }
        foreach (var session in scene.Sessions)
            await scene.Streams.MoveAsync(session, scene.Streams.Pods[0]);
        var expected = scene
            .Sessions.SelectMany(s =>
                Enumerable
                    .Range(1, (int)scene.Streams.Journals.LastOf(s))
                    .Where(seq => seq % 3 != 0)
                    .Select(seq => (s.Id, (long)seq))
            )
            .ToHashSet();
        await Eventually.True(
            $"all events were fetched (seed {seed})",
            async () =>
            {
                await FetchAsync(acknowledges: true);
                return expected.IsSubsetOf(acked);
            }
        );

        expected.Count.ShouldBeGreaterThan(50);
        doubled.ShouldBeGreaterThan(0, "pages that are not acknowledged come again");
        seen.SetEquals(expected).ShouldBeTrue();
        gateways[1].Dispose();

        async Task FetchAsync(bool acknowledges)
        {
            var by = gateways[random.Next(gateways.Length)];
            var page = await scene.NextAsync($"?max={random.Next(1, 12)}&waitSeconds=1", by: by);
            foreach (var number in page.Numbers)
            {
                acked.ShouldNotContain(number, $"seed {seed}");
                if (!seen.Add(number))
                    doubled++;
            }
            if (!acknowledges)
                return;
            (await scene.AckAsync(page.Cursor, by: by)).Status.ShouldBe(204);
            acked.UnionWith(page.Numbers);
        }
    }

    private static async Task StepAsync(ConsumerScene scene, Random random)
    {
        var session = scene.Sessions[random.Next(scene.Sessions.Count)];
        var pod = scene.Streams.Pods[random.Next(scene.Streams.Pods.Length)];
        switch (random.Next(10))
        {
            case 0:
                scene.Streams.Journals.Cut(pod);
                break;
            case 1:
                scene.Streams.Journals.Own(session, null);
                await scene.World.ReleaseAsync(session);
                break;
            case 2 or 3:
                await scene.Streams.MoveAsync(session, pod);
                break;
            default:
                await scene.AddAsync(session, 1 + random.Next(4));
                break;
        }
    }
}
