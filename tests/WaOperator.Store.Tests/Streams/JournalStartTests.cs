using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Streams;

/// <summary>Where streams begin in journals.</summary>
public sealed class JournalStartTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task It_is_the_number_that_a_walk_finds_whatever_the_journal()
    {
        await using var scene = await RoleScene.CreateAsync();
        var random = new Random(7);
        var journals = new StreamJournals(scene.Mine);
        for (var round = 0; round < 40; round++)
        {
            var entries = Journal(random);
            await WriteAsync(scene, entries);
            DateTimeOffset[] times =
            [
                Noon.AddSeconds(-1),
                .. entries.SelectMany(e => new[] { e.At, e.At.AddMilliseconds(500) }).Take(20),
                Noon.AddDays(1),
            ];
            foreach (var since in times)
            {
                var start = await StartAsync(scene, journals, since);

                var walked = entries.LastOrDefault(e => e.At <= since).Seq;
                start.Behind.ShouldBe(walked, $"round {round}, {since:O}");
                start.Last.ShouldBe(entries.LastOrDefault().Seq);
            }
        }
    }

    [Fact]
    public async Task It_is_looked_up_only_where_it_is_needed()
    {
        await using var scene = await RoleScene.CreateAsync();
        await WriteAsync(scene, [(1, Noon), (2, Noon)]);
        var journals = new StreamJournals(scene.Mine);

        (await StartAsync(scene, journals, Noon)).Behind.ShouldBe(2);
        (await StartAsync(scene, journals, Noon, unseen: false)).Behind.ShouldBe(0);
        (await StartAsync(scene, journals, DateTimeOffset.UnixEpoch)).Behind.ShouldBe(0);
    }

    [Fact]
    public async Task Of_sessions_of_others_nothing_is_shown()
    {
        await using var scene = await RoleScene.CreateAsync();

        var starts = await new StreamJournals(scene.Mine).ReadStartsAsync(
            [new(new(scene.Theirs, scene.B.Epoch), Unseen: true)],
            Noon.AddYears(100)
        );

        starts.Select(s => (s.Behind, s.Last)).ShouldBe([(0, 0)]);
    }

    /// <summary>Numbers from some number on, now and then with a hole, at times that often are the same.</summary>
    private static (long Seq, DateTimeOffset At)[] Journal(Random random)
    {
        var (seq, at) = ((long)random.Next(1_000), Noon);
        var entries = new (long, DateTimeOffset)[random.Next(60)];
        for (var i = 0; i < entries.Length; i++)
        {
            seq += random.Next(10) == 0 ? random.Next(1, 50) : 1;
            at = at.AddSeconds(random.Next(3));
            entries[i] = (seq, at);
        }
        return entries;
    }

    private static async Task WriteAsync(RoleScene scene, (long Seq, DateTimeOffset At)[] entries)
    {
        var mine = await MineAsync(scene);
        await scene.AsOperatorAsync(
            $"delete from wa.session_event where session_id = {mine.SessionId}"
        );
        foreach (var (seq, at) in entries)
            await scene.AsOperatorAsync(
                $"""
                insert into wa.session_event (session_id, seq, at, key_version, type, ciphertext)
                values ({mine.SessionId}, {seq}, '{at:O}', 1, 'message', '\x00')
                """
            );
    }

    private static async Task<JournalStart> StartAsync(
        RoleScene scene,
        StreamJournals journals,
        DateTimeOffset since,
        bool unseen = true
    ) => (await journals.ReadStartsAsync([new(await MineAsync(scene), unseen)], since)).Single();

    private static async Task<OwnedSession> MineAsync(RoleScene scene)
    {
        await using var command = scene.World.Admin.CreateCommand(
            $"select session_id, epoch from wa.session_owner where session_id <> {scene.Theirs}"
        );
        await using var reader = await command.ExecuteReaderAsync();
        (await reader.ReadAsync()).ShouldBeTrue();
        return new(reader.GetInt64(0), reader.GetInt64(1));
    }
}
