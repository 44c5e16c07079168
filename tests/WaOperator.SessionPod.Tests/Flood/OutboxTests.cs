using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Flood;

public sealed class OutboxTests
{
    [Fact]
    public async Task What_was_queued_while_nothing_was_connected_goes_out_after_a_restart_with_the_same_ids()
    {
        await using var world = await PodWorld.StartAsync();
        await using var receiving = await world.PodAsync(1, "pod-b");
        var b = await world.PairedAsync(1);
        string[] ids;
        TestSession a;
        await using (var former = await world.PodAsync(0, "pod-a"))
        {
            a = await world.PairedAsync(0);
            await a.WantAsync(s => s with { Desired = DesiredState.Stopped });
            await a.PhaseAsync(SessionPhase.Stopped);
            using var api = new ApiClient(former.Api);
            ids = await Task.WhenAll(
                Enumerable.Range(0, 700).Select(i => api.TextAsync(a.Name, b.Phone, $"{i}"))
            );
            ids.Distinct().Count().ShouldBe(700);
            await former.StopAsync();
        }
        await a.WantAsync(s => s with { Desired = DesiredState.Active });

        await using var next = await world.PodAsync(0, "pod-a2");
        using var apiA = new ApiClient(next.Api);
        using var apiB = new ApiClient(receiving.Api);
        var heard = new Listener(() => apiB, b.Name);
        await Eventually.True(
            "all are acked",
            async () =>
                await world.SqlAsync("select count(*) from wa.session_outbox where state = 2")
                    is 700L
                    ? true
                    : throw new InvalidOperationException(
                        $"states: {await world.SqlAsync("select string_agg(state || ': ' || n, ', ') from (select state, count(*) n from wa.session_outbox group by 1) x")}"
                    )
        );
        await heard.UntilAsync(700);

        heard.Texts.Select(t => t.Id).Order().ShouldBe(ids.Order());
        heard.Gaps.ShouldBeFalse();
        // New ones follow without being read back from the database.
        var late = await apiA.TextAsync(a.Name, b.Phone, "late");
        await apiA.StateAsync(a.Name, late, "Acked");
        await heard.UntilAsync(1);
        heard.Texts[^1].ShouldBe((late, "late"));
    }

    [Fact]
    public async Task A_message_that_can_go_at_once_is_first_stored_encrypted()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (a, b) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        // The receiver's devices and keys may have to be asked for so long that it is queued meanwhile.
        await api.StateAsync(a.Name, await api.TextAsync(a.Name, b.Phone, "first"), "Acked");
        await world.SqlAsync("create table wa.seen (id text, state int)");
        await world.SqlAsync(
            """
            create function see() returns trigger language plpgsql security definer as
            $$ begin insert into wa.seen values (new.id, new.state); return null; end $$;
            create trigger see after insert on wa.session_outbox for each row execute function see();
            """
        );
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await api.TextAsync(a.Name, b.Phone, $"{i}"));
        foreach (var id in ids)
            await api.StateAsync(a.Name, id, "Acked");

        (await world.SqlAsync("select count(*) from wa.seen")).ShouldBe(20L);
        (await world.SqlAsync("select count(*) from wa.seen where state = 1")).ShouldBe(20L);
    }

    [Fact]
    public async Task A_follower_continues_with_its_cursor_and_hears_of_what_is_too_old()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { Heartbeat = TimeSpan.FromMilliseconds(100) }
        );
        var (a, b) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        for (var i = 0; i < 3; i++)
            await api.TextAsync(a.Name, b.Phone, $"{i}");

        long last;
        using (var reader = await api.FollowAsync(b.Name))
        {
            (await reader.NextAsync("message")).Data["text"]!.ToString().ShouldBe("0");
            last = (await reader.NextAsync("message")).Id!.Value;
        }
        using (var reader = await api.FollowAsync(b.Name, last))
        {
            (await reader.NextAsync("message")).Data["text"]!.ToString().ShouldBe("2");
            // Live, and after a comment or more that only shows that the stream lives.
            await Eventually.True("a heartbeat was sent", async () => await BeatAsync(pod));
            await api.TextAsync(a.Name, b.Phone, "live");
            var live = await reader.NextAsync("message");
            live.Data["text"]!.ToString().ShouldBe("live");
            ((string?)live.Data["content"]!["text"]).ShouldBe("live");
            live.Data["message"].ShouldBeNull();
            reader.Comments.ShouldBeGreaterThan(0);
            last = live.Id!.Value;
        }

        await world.SqlAsync(
            $"delete from wa.session_event where session_id = {b.Id} and seq < {last}"
        );
        await world.SqlAsync($"insert into wa.session_pruned values ({b.Id}, {last - 1})");
        using (var reader = await api.FollowAsync(b.Name, 0))
        {
            var gap = (await reader.NextAsync())!;
            gap.Type.ShouldBe("gap");
            ((long)gap.Data["to"]!).ShouldBe(last - 1);
            (await reader.NextAsync("message")).Data["text"]!.ToString().ShouldBe("live");
        }

        // Which beats is told by the clock alone: two more renewals of the lease are longer than one heartbeat.
        async Task<bool> BeatAsync(TestPod of)
        {
            var before = await RenewalsAsync(of);
            await Eventually.True(
                "the lease was renewed twice more",
                async () => await RenewalsAsync(of) >= before + 2
            );
            return true;
        }
        async Task<long> RenewalsAsync(TestPod of)
        {
            of.Status.MayAct.ShouldBeTrue();
            return (long)
                (await world.SqlAsync("select counter from wa.shard_lease where ordinal = 0"))!;
        }
    }

    [Fact]
    public async Task A_stream_ends_when_its_session_moves_away()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var reader = await api.FollowAsync(session.Name);

        await session.PlaceAsync(1);

        while (await reader.NextAsync() is { } seen)
            if (seen.Type == "moved")
                return;
        throw new EndOfStreamException("the stream ended without saying that the session moved");
    }
}
