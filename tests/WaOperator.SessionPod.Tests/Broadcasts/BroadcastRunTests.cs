using Microsoft.Extensions.Logging;
using Npgsql;
using WaOperator.Domain;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Broadcasts;

/// <summary>The run of a session's broadcasts, on a clock that moves by hand.</summary>
public sealed class BroadcastRunTests
{
    private const string Waits = "its broadcast waits a second";

    [Fact]
    public async Task What_fails_is_tried_again_a_second_later_and_not_before_unless_it_is_called()
    {
        await using var rig = await StoreRig.StartAsync();
        await using var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Timeout=5");
        using var logs = new Logs();
        var time = new FakeTime();
        using var stop = new CancellationTokenSource();
        var run = BroadcastRun.Start(
            new()
            {
                Messages = rig.Context with { Time = time },
                Stored = new(away),
                Writes = new(away),
                References = null!,
                Policy = null!,
                Queue = null!,
                Logger = ((ILoggerFactory)logs).CreateLogger<BroadcastRun>(),
            },
            new IdleSession(rig.Session),
            stop.Token
        );

        await TriedAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        await TriedAsync(2);
        // A call is heard at once, also while it waits for PostgreSQL.
        run.Look().ShouldBeTrue();
        await TriedAsync(3);

        await stop.CancelAsync();
        await run.Done;
        run.Look().ShouldBeFalse();

        async Task TriedAsync(int times)
        {
            await Eventually.True(
                $"{times} tries, and it waits",
                () => logs.Count(Waits) >= times && time.ArmedTimers == 1
            );
            await Steadily.Holds(
                "it waits for the clock",
                TimeSpan.FromSeconds(1),
                () =>
                    Task.FromResult(
                        logs.Count(Waits) == times ? null : $"{logs.Count(Waits)} tries"
                    )
            );
        }
    }
}
