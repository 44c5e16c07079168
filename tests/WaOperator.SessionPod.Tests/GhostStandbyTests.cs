using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

/// <summary>Pods whose PostgreSQL waits for a synchronous standby that is away.</summary>
public sealed class GhostStandbyTests
{
    private const int Messages = 300;

    [Fact]
    public async Task Nothing_is_accepted_or_acknowledged_before_it_is_durable_and_nothing_is_lost_or_doubled()
    {
        await using var world = await PodWorld.StartAsync(
            PodWorld.Quick with
            {
                // Longer than usual here: a commit is to be under way before the pod falls silent.
                LeaseTtlMs = 6_000,
                ActDeadlineMs = 4_000,
            },
            ownServer: true
        );
        var podA = await world.PodAsync(0, "pod-a");
        var podB = await world.PodAsync(1, "pod-b");
        var (a, b) = (await world.PairedAsync(0), await world.PairedAsync(1));
        using var apiA = new ApiClient(podA.Api);
        using var apiB = new ApiClient(podB.Api);
        var (saidA, saidB) = (
            new Chatter(() => apiA, a.Name, b.Phone),
            new Chatter(() => apiB, b.Name, a.Phone)
        );
        var (heardA, heardB) = (new Listener(() => apiA, a.Name), new Listener(() => apiB, b.Name));
        var all = Task.WhenAll(
            saidA.SendAsync(Messages),
            saidB.SendAsync(Messages),
            heardA.UntilAsync(Messages),
            heardB.UntilAsync(Messages)
        );
        await Eventually.True(
            "a third is on its way",
            () => saidA.Accepted > Messages / 3 || all.IsCompleted
        );

        await using (var ghost = await GhostStandby.AppearAsync(world.Server))
        {
            await Eventually.True(
                "a group commit of each pod waits",
                async () =>
                    (long)
                        (
                            await ghost.RunAsync(
                                "select count(distinct application_name) from pg_stat_activity where wait_event = 'SyncRep' and application_name ~ '^wa-pod/.*/[0-9]+$'"
                            )
                        )! == 2
            );
            var (acceptedA, acceptedB) = (saidA.Accepted, saidB.Accepted);
            // Commits are given up after 6 s without an answer.
            await Eventually.True(
                "both pods are silent, and their commits were given up",
                () =>
                    podA.Status.SilentFor > TimeSpan.FromSeconds(8)
                    && podB.Status.SilentFor > TimeSpan.FromSeconds(8)
            );
            // What became of them will be asked for: that ends no connection.
            (await a.SeenAsync())!.Connected.ShouldBeTrue();
            (await b.SeenAsync())!.Connected.ShouldBeTrue();
            saidA.Accepted.ShouldBe(acceptedA);
            saidB.Accepted.ShouldBe(acceptedB);
        }
        await all;

        foreach (var (heard, from) in new[] { (heardA, b), (heardB, a) })
        {
            heard.Gaps.ShouldBeFalse();
            heard.Others.ShouldNotContainKey("undecryptable");
            heard
                .Texts.Distinct()
                .Order()
                .ShouldBe(
                    Enumerable.Range(0, Messages).Select(i => (Chatter.IdOf(from.Name, i), $"{i}"))
                );
            heard.Texts.Count.ShouldBe(Messages, "a text came twice");
        }
        await a.PhaseAsync(SessionPhase.Connected);
        await b.PhaseAsync(SessionPhase.Connected);
        await Eventually.True(
            "the acks of the last messages are written",
            async () =>
                await world.SqlAsync(
                    "select count(*) from wa.session_outbox where settled_at is null"
                )
                    is 0L
        );
        await OwnershipTests.NobodyWasReplacedAsync(world);
    }
}
