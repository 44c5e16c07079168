using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>
/// Sessions move, streams of pods break off, clients come again with their cursors, all at random: each event is seen, within one
/// connection once, and in order per session.
/// </summary>
public sealed class RandomMovesTests(ITestOutputHelper output)
{
    private const int Steps = 300;

    [Fact]
    public async Task Each_event_is_seen_and_once_in_a_connection()
    {
        var seed = Environment.GetEnvironmentVariable("WA_SEED") is { } given
            ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)
            : Environment.TickCount;
        output.WriteLine($"WA_SEED={seed}");
        var random = new Random(seed);
        await using var scene = await StreamScene.StartAsync(pods: 3, sessions: 6);
        var connections = new List<StreamClient> { await StreamClient.OpenAsync(scene.Tenant) };

        for (var step = 0; step < Steps; step++)
            await StepAsync(scene, random, connections);
        foreach (var session in scene.Sessions)
            await scene.MoveAsync(session, scene.Pods[0]);

        var expected = scene
            .Sessions.SelectMany(s =>
                Enumerable
                    .Range(1, (int)scene.Journals.LastOf(s))
                    .Where(seq => seq % 3 != 0)
                    .Select(seq => (s.Id, (long)seq))
            )
            .ToHashSet();
        await Eventually.True(
            $"all events were seen (seed {seed})",
            () => expected.IsSubsetOf(connections.SelectMany(c => c.Events).Select(e => e.Number))
        );
        expected.Count.ShouldBeGreaterThan(100);
        connections.Count.ShouldBeGreaterThan(3);
        foreach (var connection in connections)
        foreach (var session in connection.Events.GroupBy(e => e.Number.Session))
        {
            var numbers = session.Select(e => e.Number.Seq).ToArray();
            numbers.ShouldBe(numbers.Order().Distinct(), $"seed {seed}, session {session.Key}");
        }
        await connections[^1].DisposeAsync();
    }

    private static async Task StepAsync(
        StreamScene scene,
        Random random,
        List<StreamClient> connections
    )
    {
        var session = scene.Sessions[random.Next(scene.Sessions.Count)];
        var pod = scene.Pods[random.Next(scene.Pods.Length)];
        switch (random.Next(20))
        {
            case 0:
                scene.Journals.Cut(pod);
                break;
            case 1:
                // Given back, and taken a while later.
                scene.Journals.Own(session, null);
                await scene.World.ReleaseAsync(session);
                break;
            case 2 or 3 or 4:
                await scene.MoveAsync(session, pod);
                break;
            case 5:
                // The gateway learns of it before the pod serves it.
                scene.Journals.Own(session, null);
                await scene.World.OwnAsync(session, pod);
                scene.Journals.Add(session, random.Next(5));
                scene.Journals.Own(session, pod);
                break;
            case 6:
                var last = connections[^1];
                await last.DisposeAsync();
                connections.Add(await StreamClient.OpenAsync(scene.Tenant, cursor: last.Cursor));
                break;
            case 7 when scene.Sessions.Count < 12:
                await scene.SessionAsync(pod);
                break;
            case 8:
                await Eventually
                    .True(
                        "some time has passed",
                        () => false,
                        TimeSpan.FromMilliseconds(random.Next(1, 300))
                    )
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                scene.Journals.Add(session, 1 + random.Next(4));
                break;
        }
    }
}
