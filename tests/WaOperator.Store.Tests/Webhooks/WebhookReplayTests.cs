using Npgsql;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Webhooks;

/// <summary>Replays as the pods that make them see them.</summary>
public sealed class WebhookReplayTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_pod_sees_and_moves_those_of_its_own_sessions_alone_until_they_are_cancelled()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var (mine, theirs) = (scene.MySession, scene.TheirSession);
        await scene.SqlAsync(
            $"""
            insert into wa.webhook_replay (webhook_id, session_id, replay, from_at, to_at, failed, last) values
                ({scene.Mine}, {mine.SessionId}, 3, '2026-01-01', '2026-01-02', false, 9),
                ({scene.Theirs}, {theirs.SessionId}, 3, '2026-01-01', '2026-01-02', false, 9)
            """
        );
        var replays = new WebhookReplays(scene.Roles.Mine);

        var part = (await replays.ReadAsync(scene.Mine, [mine.SessionId])).Single();
        (part.Replay, part.From, part.Seq, part.Last).ShouldBe((3, From, 0, 9));
        (await replays.ReadAsync(scene.Theirs, [theirs.SessionId])).ShouldBeEmpty();
        var moved = part with { Seq = 5, Posted = 4, Refused = 1 };
        (await replays.AdvanceAsync(scene.Mine, mine, moved, done: false)).ShouldBeTrue();
        (await replays.ReadAsync(scene.Mine, [mine.SessionId])).ShouldBe([moved]);

        (
            await Should.ThrowAsync<PostgresException>(() =>
                replays.AdvanceAsync(
                    scene.Mine,
                    mine with
                    {
                        Epoch = mine.Epoch - 1,
                    },
                    moved,
                    done: true
                )
            )
        ).SqlState.ShouldBe(SqlStates.Fenced);
        await scene.SqlAsync("update wa.webhook_replay set done_at = now(), cancelled = true");
        (await replays.AdvanceAsync(scene.Mine, mine, moved, done: true)).ShouldBeFalse();
        (await replays.ReadAsync(scene.Mine, [mine.SessionId])).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_page_has_the_events_of_its_span_up_to_where_the_webhook_was()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var session = scene.MySession.SessionId;
        await scene.SqlAsync(
            $"""
            delete from wa.session_event where session_id = {session};
            insert into wa.session_event (session_id, seq, at, key_version, type, ciphertext)
            select {session}, n, timestamptz '2026-01-01 00:00+00' + n * interval '1 minute', 1, 'message', '\x0011' from generate_series(1, 50) n
            """
        );
        var replays = new WebhookReplays(scene.Roles.Mine);
        var part = new WebhookReplay(
            session,
            1,
            From.AddMinutes(10),
            From.AddMinutes(40),
            Failed: false,
            Seq: 12,
            Last: 30,
            0,
            0
        );

        (await SeqsAsync(part, rows: 100)).ShouldBe(Enumerable.Range(13, 18).Select(n => (long)n));
        (await SeqsAsync(part with { Seq = 0, Last = 99 }, rows: 3)).ShouldBe([10, 11, 12]);
        (await SeqsAsync(part with { Seq = 38, Last = 99 }, rows: 3)).ShouldBe([39]);
        (await SeqsAsync(part with { Failed = true }, rows: 3)).ShouldBeEmpty();

        async Task<IEnumerable<long>> SeqsAsync(WebhookReplay of, int rows) =>
            (await replays.ReadPageAsync(scene.Mine, of, rows, bytes: 1_000_000)).Select(e =>
                e.Row.Seq
            );
    }

    [Fact]
    public async Task It_goes_with_its_session()
    {
        await using var scene = await WebhookScene.CreateAsync();
        await scene.SqlAsync(
            $"insert into wa.webhook_replay (webhook_id, session_id, replay, from_at, to_at, failed, last) values ({scene.Mine}, {scene.MySession.SessionId}, 1, now(), now(), false, 9)"
        );

        await scene.SqlAsync(
            $"delete from wa.session_owner where session_id = {scene.MySession.SessionId}"
        );

        (await scene.SqlAsync("select count(*)::text from wa.webhook_replay")).ShouldBe("0");
    }
}
