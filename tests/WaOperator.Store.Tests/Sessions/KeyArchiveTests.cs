using System.Text;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Sessions;

/// <summary>Keys that were wiped can be restored for a while, by the owner of their session alone.</summary>
public sealed class KeyArchiveTests
{
    [Fact]
    public async Task What_is_wiped_is_archived_and_comes_back_whole()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var before = await LinkAsync(world, owned, "first");

        await world.Writer.CommitAsync([Wipe(owned)]);

        (await SecretsAsync(world, owned)).ShouldBeEmpty();
        var archive = (await world.Keys.ArchiveAsync(owned.SessionId)).ShouldNotBeNull();
        (archive.Phone, archive.Jid, archive.Lid, archive.Platform).ShouldBe(
            ("491700000000", "491700000000:3@s.whatsapp.net", "77:3@lid", "android")
        );
        // A round of codes that came to nothing.
        await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(owned.SessionId, owned.Epoch, "of no device"),
        ]);

        await world.Writer.CommitAsync([Restore(owned)]);

        (await SecretsAsync(world, owned)).ShouldBe(before);
        (await world.Keys.ArchiveAsync(owned.SessionId)).ShouldBeNull();
        (await ArchivedAsync(world)).ShouldBe(0);
    }

    [Fact]
    public async Task The_newest_archive_replaces_the_former_one()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        await LinkAsync(world, owned, "first");
        await world.Writer.CommitAsync([Wipe(owned)]);
        var second = await LinkAsync(world, owned, "second");
        await world.Writer.CommitAsync([Wipe(owned)]);

        await world.Writer.CommitAsync([Restore(owned)]);

        (await SecretsAsync(world, owned)).ShouldBe(second);
    }

    [Fact]
    public async Task A_wipe_of_nothing_and_one_of_no_device_leave_the_archive_alone()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var linked = await LinkAsync(world, owned, "linked");
        await world.Writer.CommitAsync([Wipe(owned)]);

        await world.Writer.CommitAsync([Wipe(owned)]);
        await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(owned.SessionId, owned.Epoch, "of no device"),
        ]);
        await world.Writer.CommitAsync([Wipe(owned) with { ArchiveKeys = false }]);
        await world.Writer.CommitAsync([Restore(owned)]);

        (await SecretsAsync(world, owned)).ShouldBe(linked);
    }

    [Fact]
    public async Task A_former_owner_neither_archives_nor_restores()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 3);
        await LinkAsync(world, owned[0], "linked");
        foreach (var one in owned.Skip(1))
        {
            await LinkAsync(world, one, "linked");
            await world.Writer.CommitAsync([Wipe(one)]);
        }
        var linked = await SecretsAsync(world, owned[0]);
        await SqlAsync(
            world,
            $"update wa.session_owner set epoch = epoch + 1 where session_id <> {owned[2].SessionId}"
        );

        var fenced = await world.Writer.CommitAsync([
            Wipe(owned[0]),
            Restore(owned[1]),
            Restore(owned[2]),
        ]);

        fenced.ShouldBe([owned[0].SessionId, owned[1].SessionId], ignoreOrder: true);
        (await SecretsAsync(world, owned[0])).ShouldBe(linked);
        (await world.Keys.ArchiveAsync(owned[0].SessionId)).ShouldBeNull();
        (await SecretsAsync(world, owned[1])).ShouldBeEmpty();
        (await world.Keys.ArchiveAsync(owned[1].SessionId)).ShouldNotBeNull();
        (await SecretsAsync(world, owned[2])).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Writes_that_join_a_wipe_are_archived_with_what_it_wipes()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        await LinkAsync(world, owned, "first");
        var last = StoreWorld.KeyWrite(owned.SessionId, owned.Epoch, "last") with
        {
            Records = [new RecordRow(new(1), 1, [9]), new RecordRow(new(2), 1, null)],
        };

        await world.Writer.CommitAsync([SessionWrites.Join([last, Wipe(owned)])]);

        (await SecretsAsync(world, owned)).ShouldBeEmpty();
        await world.Writer.CommitAsync([Restore(owned)]);
        (await SecretsAsync(world, owned)).ShouldBe(["test/1=last", "1=09"]);
    }

    [Fact]
    public async Task An_archive_is_offered_for_seven_days_and_then_removed_without_an_owner()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 3);
        foreach (var one in owned)
        {
            await LinkAsync(world, one, "linked");
            await world.Writer.CommitAsync([Wipe(one)]);
        }
        var (old, late, young) = (owned[0].SessionId, owned[1].SessionId, owned[2].SessionId);
        await AgeAsync(world, old, "7 days 61 minutes");
        await AgeAsync(world, late, "7 days 1 minute");
        await AgeAsync(world, young, "6 days 23 hours");
        await SqlAsync(world, "update wa.session_owner set pool_uid = null, ordinal = null");

        (await world.Keys.ArchiveAsync(old)).ShouldBeNull();
        (await world.Keys.ArchiveAsync(late)).ShouldBeNull();
        (await world.Keys.ArchiveAsync(young)).ShouldNotBeNull();
        (await world.Desired.ExpireArchivesAsync(KeyArchive.Removed)).ShouldBe(1);
        (await world.Desired.ExpireArchivesAsync(KeyArchive.Removed)).ShouldBe(0);

        (
            await SqlAsync(
                world,
                """
                select array_agg(a.session_id order by a.session_id) from wa.session_archive a
                 where exists (select 1 from wa.session_key_archive k where k.session_id = a.session_id)
                """
            )
        ).ShouldBe(new[] { late, young }.Order().ToArray());
        (
            await SqlAsync(world, "select count(distinct session_id) from wa.session_key_archive")
        ).ShouldBe(2L);
    }

    [Fact]
    public async Task An_archive_that_is_just_replaced_is_not_removed()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        await LinkAsync(world, owned, "first");
        await world.Writer.CommitAsync([Wipe(owned)]);
        await AgeAsync(world, owned.SessionId, "8 days");
        var second = await LinkAsync(world, owned, "second");
        await using var locker = await world.Admin.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (
            var hold = new Npgsql.NpgsqlCommand(
                "select 1 from wa.session_key for update",
                locker,
                transaction
            )
        )
            await hold.ExecuteNonQueryAsync();
        // It has the archive's row, and waits for the keys that it wipes.
        var wipe = world.Writer.CommitAsync([Wipe(owned)]);
        await Eventually.True(
            "the wipe waits for the keys",
            async () =>
                await SqlAsync(
                    world,
                    "select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
                )
                    is true
        );

        (await world.Desired.ExpireArchivesAsync(KeyArchive.Removed)).ShouldBe(0);
        await transaction.RollbackAsync();
        await wipe;

        await world.Writer.CommitAsync([Restore(owned)]);
        (await SecretsAsync(world, owned)).ShouldBe(second);
    }

    [Fact]
    public async Task How_the_phone_shows_its_chats_stays_with_the_keys_until_another_device_is_linked()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        await LinkAsync(world, owned, "linked");
        await SqlAsync(
            world,
            $"insert into wa.session_chat_flag (session_id, chat, archived) values ({owned.SessionId}, 'x', true)"
        );
        await world.Writer.CommitAsync([Wipe(owned)]);
        await world.Writer.CommitAsync([Restore(owned)]);
        (await SqlAsync(world, "select count(*) from wa.session_chat_flag")).ShouldBe(1L);

        await world.Writer.CommitAsync([Wipe(owned)]);
        await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(owned.SessionId, owned.Epoch, "another") with
            {
                ClearFlags = true,
            },
        ]);
        (await SqlAsync(world, "select count(*) from wa.session_chat_flag")).ShouldBe(0L);
    }

    private static async Task<IReadOnlyList<string>> LinkAsync(
        StoreWorld world,
        OwnedSession owned,
        string key
    )
    {
        await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(owned.SessionId, owned.Epoch, key) with
            {
                Records = [new RecordRow(new(1), 1, [1]), new RecordRow(new(2), 1, [2])],
                State = new()
                {
                    SessionId = owned.SessionId,
                    Epoch = owned.Epoch,
                    Phase = SessionPhase.Connected,
                    Paired = true,
                    Phone = "491700000000",
                    Jid = "491700000000:3@s.whatsapp.net",
                    Lid = "77:3@lid",
                    Platform = "android",
                },
            },
        ]);
        var linked = await SecretsAsync(world, owned);
        linked.ShouldBe([$"test/1={key}", "1=01", "2=02"]);
        return linked;
    }

    private static SessionWrite Wipe(OwnedSession owned) =>
        new(owned.SessionId, owned.Epoch)
        {
            WipeKeys = true,
            ArchiveKeys = true,
            State = new()
            {
                SessionId = owned.SessionId,
                Epoch = owned.Epoch,
                Phase = SessionPhase.LoggedOut,
            },
        };

    private static SessionWrite Restore(OwnedSession owned) =>
        new(owned.SessionId, owned.Epoch) { WipeKeys = true, RestoreKeys = true };

    /// <summary>All keys and records of the session, in order.</summary>
    private static async Task<IReadOnlyList<string>> SecretsAsync(
        StoreWorld world,
        OwnedSession owned
    )
    {
        var records = await new SessionMessages(world.Pod).ReadRecordsAsync(
            owned.SessionId,
            [new(1), new(2)]
        );
        return
        [
            .. (await world.Keys.ReadAsync(owned.SessionId, null)).Select(k =>
                $"{k.Kind}/{k.Id}={Encoding.UTF8.GetString(k.Ciphertext)}"
            ),
            .. records
                .Select(r =>
                    $"{(r.Name == new RecordName(1) ? 1 : 2)}={Convert.ToHexString(r.Ciphertext!)}"
                )
                .Order(),
        ];
    }

    private static async Task<long> ArchivedAsync(StoreWorld world) =>
        (long)(await SqlAsync(world, "select count(*) from wa.session_key_archive"))!;

    private static Task<object?> AgeAsync(StoreWorld world, long session, string by) =>
        SqlAsync(
            world,
            $"update wa.session_archive set archived_at = archived_at - interval '{by}' where session_id = {session}"
        );

    private static async Task<IReadOnlyList<OwnedSession>> OwnedAsync(StoreWorld world, int count)
    {
        var ids = await world.SessionsAsync(count, ordinal: 0);
        var lease = await world.AcquireAsync(0, "pod-a");
        return
        [
            .. (await world.Claims.ClaimAsync([.. ids], StoreWorld.Shard(0), lease.Epoch)).Select(
                c => new OwnedSession(c.SessionId, c.Epoch!.Value)
            ),
        ];
    }

    private static async Task<object?> SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
