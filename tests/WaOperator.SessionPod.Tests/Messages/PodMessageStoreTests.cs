using System.Text;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Pod;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Messages;

/// <summary>The contract of <see cref="IMessageStore"/>, kept by PostgreSQL.</summary>
public sealed class PodMessageStoreTests
{
    private static readonly RecordKey Peer = new(
        RecordKinds.Session,
        "491701234567@s.whatsapp.net:3"
    );
    private static readonly MessageKey Inbound = new(
        "491701234567@s.whatsapp.net",
        "491701234567:3@s.whatsapp.net",
        "3EB0AA"
    );

    [Fact]
    public async Task What_is_committed_is_there_for_the_next_connection()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await store.CommitAsync(
            new DeviceChange
            {
                Records =
                [
                    new RecordWrite(Peer, "ratchet"u8.ToArray()),
                    new RecordWrite(Peer with { Id = "gone" }, [1]),
                ],
                Events = [Got(Inbound.Id)],
                Outbound = [Out("a", OutboundState.Encrypted)],
            },
            default
        );
        await store.CommitAsync(
            new DeviceChange { Records = [new RecordWrite(Peer with { Id = "gone" }, null)] },
            default
        );

        foreach (var reader in (PodMessageStore[])[store, rig.Store()])
        {
            var read = await reader.LoadAsync(
                [Peer with { Id = "gone" }, Peer, Peer with { Kind = "lid" }, Peer],
                default
            );
            read[0].ShouldBeNull();
            read[1].ShouldBe("ratchet"u8.ToArray());
            read[2].ShouldBeNull();
            read[3].ShouldBe("ratchet"u8.ToArray());
            (
                await reader.FindHandledAsync([Inbound, Inbound with { Id = "other" }], default)
            ).ShouldBe([Inbound]);
            (await reader.FindOutboundAsync("a", default)).ShouldBeEquivalentTo(
                Out("a", OutboundState.Encrypted)
            );
            (await reader.FindOutboundAsync("b", default)).ShouldBeNull();
            (await reader.LoadUnackedAsync(default)).Select(m => m.Id).ShouldBe(["a"]);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(600)]
    public async Task What_was_encrypted_and_not_acked_is_found_among_what_waits(int many)
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        (await store.LoadUnackedAsync(default)).ShouldBeEmpty();
        store.Waiting.ShouldBeFalse();
        await store.CommitAsync(
            new DeviceChange
            {
                Outbound =
                [
                    .. Enumerable
                        .Range(0, many)
                        .Select(i =>
                            Out($"{i}", i % 3 == 2 ? OutboundState.Encrypted : OutboundState.Queued)
                        ),
                ],
            },
            default
        );

        (await store.LoadUnackedAsync(default))
            .Select(m => m.Id)
            .ShouldBe(Enumerable.Range(0, many / 3).Select(i => $"{i * 3 + 2}"));
        store.Waiting.ShouldBeTrue();
    }

    [Fact]
    public async Task A_commit_is_seen_before_it_is_durable()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        rig.Commits.Clock.Advance(TimeSpan.FromHours(2));
        var commit = store.CommitAsync(
            new DeviceChange { Records = [new RecordWrite(Peer, [7])], Events = [Got(Inbound.Id)] },
            default
        );

        (await store.LoadAsync([Peer], default))[0].ShouldBe([7]);
        (await store.FindHandledAsync([Inbound], default)).ShouldBe([Inbound]);
        (await rig.Store().LoadAsync([Peer], default))[0].ShouldBeNull();
        commit.IsCompleted.ShouldBeFalse();

        rig.Commits.Gate.Extend(rig.Commits.Clock.Now, TimeSpan.FromHours(1));
        await commit;
        (await rig.Store().LoadAsync([Peer], default))[0].ShouldBe([7]);
    }

    [Fact]
    public async Task Commits_that_overlap_become_durable_in_order_and_number_their_events_without_gaps()
    {
        await using var rig = await StoreRig.StartAsync();
        var follower = rig.Context.Events.Follow(rig.Session.SessionId);
        var store = rig.Store();
        var commits = Enumerable
            .Range(0, 200)
            .Select(i =>
                store.CommitAsync(
                    new DeviceChange
                    {
                        Records = [new RecordWrite(Peer, BitConverter.GetBytes(i))],
                        Events = [Got($"{i}")],
                    },
                    default
                )
            )
            .ToArray();
        await Task.WhenAll(commits);

        (await store.LoadAsync([Peer], default))[0].ShouldBe(BitConverter.GetBytes(199));
        (await rig.Store().LoadAsync([Peer], default))[0].ShouldBe(BitConverter.GetBytes(199));
        var events = await rig.EventsAsync();
        events.Select(e => e.Seq).ShouldBe(Enumerable.Range(1, 200).Select(i => (long)i));
        events.Select(e => e.Event).ShouldBe(Enumerable.Range(0, 200).Select(i => Got($"{i}")));
        var live = new List<JournalEvent>();
        while (follower.TryTake(out var entry))
            live.Add(entry.ShouldBeOfType<JournalEvent>());
        live.Select(e => e.Seq).ShouldBe(events.Select(e => e.Seq));
        follower.TakeMissed().ShouldBeFalse();

        await rig.Store()
            .CommitAsync(new DeviceChange { Events = [new MessageSent("a", "b", null)] }, default);
        (await rig.EventsAsync())[^1].Seq.ShouldBe(201);
    }

    [Fact]
    public async Task A_stale_epoch_commits_nothing()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await rig.World.SqlAsync("update wa.session_owner set epoch = epoch + 1");

        await Should.ThrowAsync<NotStoredException>(() => store.CommitAsync(Everything(), default));
        await Should.ThrowAsync<NotStoredException>(() => store.CommitAsync(Everything(), default));

        foreach (
            var table in (string[])
                ["session_record", "session_event", "session_handled", "session_outbox"]
        )
            (await rig.World.SqlAsync($"select count(*) from wa.{table}")).ShouldBe(0L, table);
    }

    [Fact]
    public async Task A_refused_commit_leaves_nothing_behind_and_ends_the_store()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await store.CommitAsync(
            new DeviceChange { Records = [new RecordWrite(Peer, [1])] },
            default
        );
        await rig.World.SqlAsync(
            "alter table wa.session_outbox add constraint no_poison check (id <> 'a')"
        );

        var poison = store.CommitAsync(Everything(), default);
        var next = store.CommitAsync(
            new DeviceChange { Records = [new RecordWrite(Peer, [3])] },
            default
        );

        await Should.ThrowAsync<Npgsql.PostgresException>(poison);
        await Should.ThrowAsync<NotStoredException>(next);
        await Should.ThrowAsync<NotStoredException>(() =>
            store.CommitAsync(new DeviceChange(), default)
        );
        var again = rig.Store();
        (await again.LoadAsync([Peer], default))[0].ShouldBe([1]);
        (await again.FindHandledAsync([Inbound], default)).ShouldBeEmpty();
        (await rig.EventsAsync()).ShouldBeEmpty();
        await again.CommitAsync(
            new DeviceChange { Records = [new RecordWrite(Peer, [4])] },
            default
        );
    }

    [Fact]
    public async Task An_unknown_outcome_ends_the_store()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await store.CommitAsync(
            new DeviceChange { Records = [new RecordWrite(Peer, [1])] },
            default
        );
        await using var locker = await rig.World.Admin.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (
            var take = new Npgsql.NpgsqlCommand("select 1 from wa.session_owner for update", locker)
        )
            await take.ExecuteNonQueryAsync();
        var commit = store.CommitAsync(Everything(), default);
        // Another process of the shard commits: what became of this one can no longer be asked for.
        await rig.World.SqlAsync("update wa.shard_commit set token = gen_random_uuid()");
        await Eventually.True(
            "the commit waits for the lock, and is ended",
            async () =>
                await rig.World.SqlAsync(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'commit-test' and wait_event_type = 'Lock'"
                )
                    is true
        );

        await Should.ThrowAsync<NotStoredException>(commit);
        await transaction.RollbackAsync();
        await Should.ThrowAsync<NotStoredException>(() => store.CommitAsync(Everything(), default));
        await store.SettledAsync();
        (await rig.Store().LoadAsync([Peer], default))[0].ShouldBe([1]);
    }

    [Fact]
    public async Task Nothing_of_it_can_be_read_in_the_database()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.Store()
            .CommitAsync(
                Everything() with
                {
                    Outbound =
                    [
                        Out("a", OutboundState.Failed) with
                        {
                            Error = "4917099999 is not on WhatsApp",
                        },
                    ],
                },
                default
            );

        foreach (
            var table in (string[])
                ["session_record", "session_event", "session_handled", "session_outbox"]
        )
        {
            var text = (string)
                (
                    await rig.World.SqlAsync(
                        $"select string_agg(encode(convert_to(t::text, 'UTF8'), 'escape'), '') from wa.{table} t"
                    )
                )!;
            var bytes = (string)
                (await rig.World.SqlAsync($"select string_agg(t::text, '') from wa.{table} t"))!;
            foreach (
                var secret in (string[])
                    ["49170", "3EB0AA", "whatsapp.net", "ratchet", "body-of", "content", "stanza"]
            )
            {
                text.ShouldNotContain(secret, Case.Insensitive, table);
                bytes.ShouldNotContain(
                    Convert.ToHexString(Encoding.UTF8.GetBytes(secret)),
                    Case.Insensitive,
                    table
                );
            }
        }
    }

    [Fact]
    public async Task Used_prekeys_are_gone_with_the_message_that_used_them()
    {
        await using var rig = await StoreRig.StartAsync();
        var keys = Enumerable
            .Range(1, 100)
            .Select(i => new PreKey((uint)i, KeyPair.Generate()))
            .ToArray();
        await rig.Device.SavePreKeysAsync(
            new PreKeyBatch(DeviceCredentials.Create(), keys),
            default
        );
        var store = rig.Store();

        await Task.WhenAll(
            store.CommitAsync(new DeviceChange { UsedPreKeys = [5] }, default),
            store.CommitAsync(new DeviceChange { UsedPreKeys = [6, 70, 4711] }, default),
            store.CommitAsync(
                new DeviceChange
                {
                    UsedPreKeys = [.. Enumerable.Range(65, 36).Select(i => (uint)i)],
                },
                default
            )
        );

        var left = await rig.Device.LoadPreKeysAsync(1, 100, default);
        left.Select(k => k.Id)
            .ShouldBe(Enumerable.Range(1, 64).Where(i => i is not (5 or 6)).Select(i => (uint)i));
        left[0].Key.Private.ToArray().ShouldBe(keys[0].Key.Private.ToArray());
        // The second chunk held 65 to 100 only.
        (
            await rig.World.SqlAsync("select count(*) from wa.session_key where kind = 'prekeys'")
        ).ShouldBe(1L);
    }

    private static DeviceChange Everything() =>
        new()
        {
            Records = [new RecordWrite(Peer, "ratchet"u8.ToArray())],
            Events = [Got(Inbound.Id)],
            Outbound = [Out("a", OutboundState.Encrypted)],
        };

    private static MessageReceived Got(string id) =>
        new(
            new()
            {
                Id = id,
                Chat = Jid.Parse(Inbound.Chat),
                Sender = Jid.Parse(Inbound.Sender),
            },
            MessageContent.Text("body-of").ToBytes()
        );

    private static OutboundMessage Out(string id, OutboundState state) =>
        new(
            id,
            "491701234567@s.whatsapp.net",
            state,
            "content"u8.ToArray(),
            state == OutboundState.Encrypted ? "stanza"u8.ToArray() : null,
            null
        );
}
