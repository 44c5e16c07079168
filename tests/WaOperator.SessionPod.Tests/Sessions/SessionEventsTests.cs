using Npgsql;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Sessions;

/// <summary>What a session's journal tells of the session itself, over a network that does as it is told.</summary>
public sealed class SessionEventsTests
{
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Its_states_are_told_in_order_with_its_messages()
    {
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        await connection.JournalAsync(Sent("M1"));
        await connection.TellAsync(new ReachOutLocked("3EB0", "refused with 463"));
        await connection.JournalAsync(Sent("M2"));
        connection.End(DisconnectKind.ConnectionLost);
        var next = await _network.ConnectionAsync(session, 3);
        await next.EstablishAsync();
        await next.JournalAsync(Sent("M3"));

        (await world.JournalAsync(session))
            .Select(Brief)
            .ShouldBe([
                "Connecting Paired",
                "paired",
                "Connected",
                "M1",
                "Connected ReachOutTimelock",
                "M2",
                "Reconnecting ConnectionLost",
                "Connected ReachOutTimelock",
                "M3",
            ]);
    }

    [Fact]
    public async Task A_move_is_not_told_unless_the_session_is_another_afterwards()
    {
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        await world.PodAsync(1, "pod-b");
        var session = await world.PairedAsync(0);
        var before = await world.JournalAsync(session);

        await session.PlaceAsync(1);
        var moved = await _network.ConnectionAsync(session, 3);
        await moved.EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
        (await session.OwnerAsync()).ShouldBe(PodWorld.Shard(1));
        (await world.JournalAsync(session)).Count.ShouldBe(before.Count);

        await session.PlaceAsync(0);
        (await _network.ConnectionAsync(session, 4)).End(DisconnectKind.Banned);
        await session.PhaseAsync(SessionPhase.Banned);
        (await world.JournalAsync(session)).Skip(before.Count).Select(Brief).ShouldBe(["Banned"]);
    }

    [Fact]
    public async Task Numbers_have_no_gaps_while_codes_are_shown_and_messages_come()
    {
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var pairing = await _network.ConnectionAsync(session, 1);

        var messages = Enumerable
            .Range(0, 4)
            .Select(lane =>
                Task.Run(async () =>
                {
                    for (var i = 0; i < 50; i++)
                        await pairing.JournalAsync(Sent($"{lane}/{i}"));
                })
            );
        var codes = Task.Run(async () =>
        {
            for (var i = 1; i <= 40; i++)
                await pairing.TellAsync(
                    new QrCode($"secret {i}", "", TimeSpan.FromMinutes(1), i, 40)
                );
        });
        await Task.WhenAll([.. messages, codes]);

        // Reads without gaps from 1 on, or fails.
        var told = (await world.JournalAsync(session)).Select(e => e.Event).ToArray();
        told.OfType<PairingStepped>()
            .Select(s => s.Number)
            .ShouldBe(Enumerable.Range(1, 40).Select(i => (int?)i));
        told.OfType<StatusChanged>().Single().Phase.ShouldBe(SessionPhase.Pairing);
        var sent = told.OfType<MessageSent>().Select(m => m.Id.Split('/')).ToArray();
        sent.Length.ShouldBe(200);
        foreach (var lane in sent.GroupBy(m => m[0]))
            lane.Select(m => m[1]).ShouldBe(Enumerable.Range(0, 50).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_report_whose_commit_got_no_answer_is_told_once()
    {
        await using var world = await PodWorld.StartAsync(
            PodWorld.Quick with
            {
                // The way to PostgreSQL is cut and mended: that must not cost the lease.
                LeaseTtlMs = 30_000,
                ActDeadlineMs = 20_000,
            },
            network: _network
        );
        var link = world.Link();
        await world.PodAsync(
            0,
            "pod-a",
            options => world.Options(0, "pod-a", world.Through(link.Port))
        );
        var session = await world.PairedAsync(0);
        var connection = await _network.ConnectionAsync(session, 2);
        await connection.JournalAsync(Sent("M1"));
        var epoch = (await session.StateAsync())!.Epoch;

        // The commit waits for a lock that the test holds, its connection is cut, and the next try waits behind it: either becomes
        // durable, and the other finds it there.
        await using var locker = await world.Admin.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (
            var take = new NpgsqlCommand(
                $"select 1 from wa.session_owner where session_id = {session.Id} for update",
                locker
            )
        )
            await take.ExecuteNonQueryAsync();
        var telling = connection.TellAsync(new ReachOutLocked("3EB0", "refused with 463")).AsTask();
        await WaitingAsync(1);
        link.Cut();
        link.Heal();
        await WaitingAsync(2);
        await transaction.RollbackAsync();
        await telling;
        await connection.JournalAsync(Sent("M2"));

        (await world.JournalAsync(session))
            .Select(Brief)
            .ShouldBe([
                "Connecting Paired",
                "paired",
                "Connected",
                "M1",
                "Connected ReachOutTimelock",
                "M2",
            ]);
        (await session.StateAsync())!.Epoch.ShouldBe(epoch);

        Task WaitingAsync(int backends) =>
            Eventually.True(
                $"{backends} commits wait for the lock",
                async () =>
                    (long)
                        (
                            await world.SqlAsync(
                                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                            )
                        )! >= backends
            );
    }

    [Fact]
    public async Task A_state_is_reported_though_the_tenants_key_does_not_open()
    {
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var told = (await world.JournalAsync(session)).Count;
        await world.SqlAsync("update wa.tenant_key set wrapped = '\\x00'");
        await world.PodAsync(1, "pod-b");

        await session.PlaceAsync(1);
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });

        await session.PhaseAsync(SessionPhase.Stopped);
        (await world.NumberAsync(session)).ShouldBe(told);
        (await session.StateAsync())!.Told.ShouldBe("Connected/Connected", "the rest is not told");
    }

    private static MessageSent Sent(string id) => new(id, "491@s.whatsapp.net", 1);

    private static string Brief(JournalEvent entry) =>
        entry.Event switch
        {
            MessageSent sent => sent.Id,
            StatusChanged { Reason: var reason, Phase: var phase } => reason == $"{phase}"
                ? reason
                : $"{phase} {reason}",
            PairingStepped { Step: PairingStep.Complete } => "paired",
            PairingStepped step => $"{step.Step}",
            _ => entry.Event.Type,
        };
}
