using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Testing;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Syncing;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Syncing;

public sealed class AppStateSyncTests : IDisposable
{
    private readonly int _seed = RandomNumberGenerator.GetInt32(int.MaxValue);
    private readonly Random _random;
    private readonly FakeAppState _server;
    private readonly List<Companion> _devices = [];

    public AppStateSyncTests()
    {
        _random = new(_seed);
        _server = new(new(_seed));
    }

    [Fact]
    public async Task Devices_that_write_at_once_end_with_the_same_state()
    {
        Companion[] devices = [Join(), Join(), Join()];
        for (var round = 0; round < 25; round++)
        {
            // Two that know of each other's last write or do not, and both write.
            var writers = devices.Where(_ => _random.Next(2) == 0).ToList();
            await Task.WhenAll(
                writers.Select(device =>
                    device.Sync.WriteAsync(Change(), null, _ => false, default)
                )
            );
            if (_random.Next(4) == 0)
                await devices[_random.Next(3)].Sync.SyncAsync(Collections.RegularLow, default);
        }
        foreach (var device in devices.Append(Join()))
        {
            (await device.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(
                SyncResult.UpToDate
            );
            await ShouldBeServersAsync(device);
            // Another process, which has only what is stored.
            await ShouldBeServersAsync(Make(device.Store));
        }
        _server.Conflicts.ShouldBeGreaterThan(0, $"seed {_seed}");
    }

    [Fact]
    public async Task What_others_change_is_told_once_and_neither_a_snapshot_nor_an_own_write_is()
    {
        var (one, other) = (Join(), Join());
        await one.Sync.WriteAsync(
            new AccountChange.Archive(Chat(1), true),
            null,
            _ => false,
            default
        );
        await other.Sync.SyncAsync(Collections.RegularLow, default);
        (one.Told.Count, other.Told.Count).ShouldBe((0, 0), "the first sync is a snapshot");

        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(2), true), null, _ => false, default);
        await other.Sync.SyncAsync(Collections.RegularLow, default);
        await other.Sync.SyncAsync(Collections.RegularLow, default);

        other.Told.ShouldBe([new AccountChange.Pin(Chat(2), true)]);
        other.Store.Events.Count.ShouldBe(1);
        one.Told.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_the_key_nothing_is_taken_until_the_phone_has_shared_it()
    {
        var one = Join();
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(1), true), null, _ => false, default);
        var late = Make(new());
        (await late.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.Parked);
        (await late.Book.StateAsync(Collections.RegularLow)).Version.ShouldBe(0UL);
        (
            await Should.ThrowAsync<AppStateException>(() =>
                late.Sync.WriteAsync(
                    new AccountChange.Pin(Chat(1), false),
                    null,
                    _ => false,
                    default
                )
            )
        ).Fault.ShouldBe(AppStateFault.MissingKey);

        late.Share(_server);
        (await late.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.UpToDate);
        await ShouldBeServersAsync(late);
    }

    [Fact]
    public async Task A_damaged_patch_is_made_up_for_by_a_snapshot_and_a_damaged_one_is_the_end()
    {
        var (one, other) = (Join(), Join());
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(1), true), null, _ => false, default);
        await other.Sync.SyncAsync(Collections.RegularLow, default);
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(2), true), null, _ => false, default);
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(3), true), null, _ => false, default);
        var asked = _server.Snapshots;

        _server.Mangle = patch =>
        {
            if (patch.Version.Version == 2)
                patch.PatchMac = ByteString.CopyFrom(new byte[32]);
        };
        _server.MangleSnapshot = snapshot => snapshot.Mac = ByteString.CopyFrom(new byte[32]);
        (await other.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.Stopped);
        (await other.Book.StateAsync(Collections.RegularLow)).Version.ShouldBe(1UL);
        _server.Snapshots.ShouldBe(asked + 1, "asked for once");

        _server.Mangle = _ => { };
        _server.MangleSnapshot = _ => { };
        (await other.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.UpToDate);
        await ShouldBeServersAsync(other);
    }

    [Fact]
    public async Task A_lost_patch_is_made_up_for_by_a_snapshot()
    {
        var (one, other) = (Join(), Join());
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(1), true), null, _ => false, default);
        await other.Sync.SyncAsync(Collections.RegularLow, default);
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(2), true), null, _ => false, default);
        var first = true;
        _server.Mangle = patch =>
        {
            if (first)
                patch.Version.Version = 7;
            first = false;
        };
        var asked = _server.Snapshots;
        (await other.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.UpToDate);
        _server.Snapshots.ShouldBe(asked + 1);
        await ShouldBeServersAsync(other);
    }

    [Fact]
    public async Task A_server_that_never_agrees_or_never_ends_is_given_up()
    {
        var one = Join();
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(1), true), null, _ => false, default);
        _server.AlwaysConflicts = true;
        (
            await Should.ThrowAsync<AppStateException>(() =>
                one.Sync.WriteAsync(new AccountChange.Pin(Chat(2), true), null, _ => false, default)
            )
        ).Fault.ShouldBe(AppStateFault.WrongVersion);
        var asked = _server.Fetches;
        asked.ShouldBeLessThan(20);
        _server.EndlessPages = true;
        (await one.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.Stopped);
        _server.Fetches.ShouldBeLessThan(asked + 10);
    }

    [Fact]
    public async Task A_server_that_says_nothing_of_the_collection_is_asked_once_more_and_then_no_more()
    {
        var one = Join();
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(1), true), null, _ => false, default);
        _server.SaysNothing = true;
        (await one.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.Stopped);
        (
            await Should.ThrowAsync<AppStateException>(() =>
                one.Sync.WriteAsync(new AccountChange.Pin(Chat(2), true), null, _ => true, default)
            )
        ).Fault.ShouldBe(AppStateFault.Malformed);
        _server.SaysNothing = false;
        (await one.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.UpToDate);
        await ShouldBeServersAsync(one);
    }

    [Fact]
    public async Task A_snapshot_that_is_older_than_what_is_stored_is_not_taken()
    {
        var (one, other) = (Join(), Join());
        for (var i = 0; i < 3; i++)
            await one.Sync.WriteAsync(
                new AccountChange.Pin(Chat(i), true),
                null,
                _ => false,
                default
            );
        await other.Sync.SyncAsync(Collections.RegularLow, default);
        await one.Sync.WriteAsync(new AccountChange.Pin(Chat(9), true), null, _ => false, default);
        _server.Mangle = patch => patch.PatchMac = ByteString.CopyFrom(new byte[32]);
        _server.SnapshotAt = 1;
        (await other.Sync.SyncAsync(Collections.RegularLow, default)).ShouldBe(SyncResult.Stopped);
        (await other.Book.StateAsync(Collections.RegularLow)).Version.ShouldBe(3UL);
    }

    [Fact]
    public async Task One_change_among_thousands_rewrites_a_small_part_of_what_is_stored()
    {
        var one = Join();
        var changes = Enumerable
            .Range(0, 5000)
            .SelectMany(i =>
                ActionWriter
                    .Write(new AccountChange.Pin(Chat(i), true), DateTimeOffset.UnixEpoch)
                    .Changes
            )
            .ToList();
        using var keys = new AppStateKeyring((await one.Book.KeysAsync()).Find);
        var (_, applied) = AppStateWriter.Write(
            Collections.RegularLow,
            CollectionState.Empty,
            new Dictionary<string, byte[]>(),
            changes,
            _server.KeyId,
            keys
        );
        await one.Book.ReplaceAsync(Collections.RegularLow, applied, []);
        var written = new List<RecordWrite>();
        one.Store.BeforeCommit = change =>
        {
            written.AddRange(change.Records);
            return Task.CompletedTask;
        };
        (
            await one.Book.MacsAsync(Collections.RegularLow, [.. applied.Changed.Keys])
        ).Count.ShouldBe(5000);
        var index = applied.Changed.Keys.First();
        await one.Book.ApplyAsync(
            Collections.RegularLow,
            applied with
            {
                Changed = new Dictionary<string, byte[]?> { [index] = null },
            },
            []
        );
        written.Count.ShouldBe(2);
        written.Sum(write => write.Value!.Length).ShouldBeLessThan(6000);
        (
            await one.Book.MacsAsync(Collections.RegularLow, [.. applied.Changed.Keys])
        ).Count.ShouldBe(4999);
        one.Trim();
        one.HeldBytes.ShouldBe(0);
    }

    public void Dispose() => _devices.ForEach(device => device.Dispose());

    private static Jid Chat(int number) => new($"49151{number:00000000}", Jid.PhoneServer);

    private AccountChange Change() =>
        _random.Next(3) switch
        {
            0 => new AccountChange.Pin(Chat(_random.Next(6)), _random.Next(2) == 0),
            1 => new AccountChange.MarkRead(Chat(_random.Next(6)), _random.Next(2) == 0),
            _ => new AccountChange.Archive(Chat(_random.Next(6)), _random.Next(2) == 0),
        };

    private Companion Join()
    {
        var joined = Make(new());
        joined.Share(_server);
        return joined;
    }

    private Companion Make(MemoryMessageStore store)
    {
        var made = new Companion(_server, store);
        _devices.Add(made);
        return made;
    }

    private async Task ShouldBeServersAsync(Companion device)
    {
        var (version, records) = _server.At(Collections.RegularLow);
        var hash = new byte[LtHash.Size];
        foreach (var record in records.Values)
            LtHash.Add(hash, record.Value.Blob.Span[^AppStateKeys.MacSize..]);
        var state = await device.Book.StateAsync(Collections.RegularLow);
        state.Version.ShouldBe(version, $"seed {_seed}");
        state.Hash.ToArray().ShouldBe(hash, $"seed {_seed}");
        (await device.Book.MacsAsync(Collections.RegularLow, [.. records.Keys]))
            .Select(pair => $"{pair.Key} {Convert.ToHexString(pair.Value)}")
            .ShouldBe(
                records.Select(pair =>
                    $"{pair.Key} {Convert.ToHexString(pair.Value.Value.Blob.Span[^AppStateKeys.MacSize..])}"
                ),
                ignoreOrder: true,
                $"seed {_seed}"
            );
    }

    /// <summary>What a device has of the account's state, without the rest of the device.</summary>
    private sealed class Companion : ILifetime, IDisposable
    {
        private readonly RecordCache _cache;

        public Companion(FakeAppState server, MemoryMessageStore store)
        {
            Store = store;
            var time = new FakeTime();
            _cache = new(store, NullLogger.Instance, default);
            Book = new(_cache, new(this, new TestGate(), store, TimeSpan.Zero, time));
            // Writers that are in each other's way wait a moment.
            Sync = new(
                server,
                Book,
                (file, _) => server.DownloadAsync(file),
                Tell,
                TimeProvider.System
            );
        }

        public MemoryMessageStore Store { get; }

        public AppStateBook Book { get; }

        public AppStateSync Sync { get; }

        public List<AccountChange> Told { get; } = [];

        public long HeldBytes => _cache.HeldBytes;

        public CancellationToken Ended => default;

        /// <summary>The phone has given it the keys.</summary>
        public void Share(FakeAppState server)
        {
            _cache.Trim();
            Store.Put(AppStateRecords.Keys, SharedKeys.None.With(server.Share).Serialize());
        }

        public void Dispose()
        {
            Sync.Dispose();
            _cache.Dispose();
        }

        public void Trim() => _cache.Trim();

        public void Run(Func<Task> work) => _ = Task.Run(work);

        private SessionEvent[] Tell(string collection, IReadOnlyList<Mutation> mutations)
        {
            var changes = mutations.Select(ActionReader.Read).OfType<AccountChange>().ToList();
            Told.AddRange(changes);
            return [.. changes.Select(_ => new IdentityChanged(Chat(1), 1))];
        }
    }
}
