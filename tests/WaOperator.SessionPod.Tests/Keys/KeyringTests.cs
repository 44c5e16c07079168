using System.Security.Cryptography;
using WaOperator.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Keys;

public sealed class KeyringTests
{
    private static MasterKey Master(byte fill) => new(Enumerable.Repeat(fill, 32).ToArray());

    private static async Task<StoredKey> SealAsync(Keyring ring, long tenant, long session)
    {
        var write = await ring.SealAsync(tenant, session, "k", "1", "plain"u8.ToArray(), default);
        return new StoredKey(write.Kind, write.Id, write.KeyVersion, write.Ciphertext!);
    }

    [Fact]
    public async Task Two_pods_that_begin_at_once_share_one_key_of_the_tenant()
    {
        await using var world = await PodWorld.StartAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "t", false, "{}"));
        var keys = new SessionKeys(world.Admin);
        using var master = Master(1);
        var rings = Enumerable.Range(0, 8).Select(_ => new Keyring(master, keys)).ToArray();

        var sealedKeys = await Task.WhenAll(rings.Select(r => SealAsync(r, tenant, 5)));

        foreach (var ring in rings)
        {
            foreach (var key in sealedKeys)
                (await ring.OpenAsync(tenant, 5, key, default)).ShouldBe("plain"u8.ToArray());
            ring.Dispose();
        }
        (await world.SqlAsync("select count(*) from wa.tenant_key")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_key_opens_for_its_own_session_and_tenant_only()
    {
        await using var world = await PodWorld.StartAsync();
        var one = await world.Desired.PutTenantAsync(new TenantRow("ns", "one", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "other", false, "{}"));
        using var master = Master(1);
        using var ring = new Keyring(master, new SessionKeys(world.Admin));
        var key = await SealAsync(ring, one, 5);
        await SealAsync(ring, other, 5);

        await Should.ThrowAsync<InvalidDataException>(ring.OpenAsync(one, 6, key, default));
        await Should.ThrowAsync<InvalidDataException>(ring.OpenAsync(other, 5, key, default));
        await Should.ThrowAsync<InvalidDataException>(
            ring.OpenAsync(one, 5, key with { Id = "2" }, default)
        );
        await Should.ThrowAsync<InvalidDataException>(
            ring.OpenAsync(one, 5, key with { KeyVersion = 2 }, default)
        );
    }

    [Fact]
    public async Task Another_master_key_opens_nothing_and_is_refused_by_its_fingerprint()
    {
        await using var world = await PodWorld.StartAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "t", false, "{}"));
        var keys = new SessionKeys(world.Admin);
        using var right = Master(1);
        using var wrong = Master(2);
        await right.CheckAsync(keys, default);
        await right.CheckAsync(keys, default);
        using var ring = new Keyring(right, keys);
        var key = await SealAsync(ring, tenant, 5);
        using var stranger = new Keyring(wrong, keys);

        await Should.ThrowAsync<InvalidDataException>(stranger.OpenAsync(tenant, 5, key, default));
        await Should.ThrowAsync<InvalidDataException>(SealAsync(stranger, tenant, 5));
        (
            await Should.ThrowAsync<StartRefusedException>(wrong.CheckAsync(keys, default))
        ).Message.ShouldContain("wrong master key");
    }

    [Fact]
    public async Task A_device_store_reads_what_it_wrote_and_finds_prekeys_by_id()
    {
        await using var world = await PodWorld.StartAsync();
        var session = await world.SessionAsync(0);
        using var master = Master(1);
        using var ring = new Keyring(master, new SessionKeys(world.Admin));
        var store = new DeviceStore(
            session.Tenant,
            session.Id,
            ring,
            new SessionKeys(world.Admin),
            (keys, _) => InsertAsync(world, session.Id, keys)
        );
        (await store.LoadAsync(default)).ShouldBeNull();
        var credentials = DeviceCredentials.Create();
        var noise = credentials.NoiseKey.Private.ToArray();
        var preKeys = Enumerable
            .Range(1, 130)
            .Select(i => new PreKey((uint)i, KeyPair.Generate()))
            .ToArray();
        await store.SavePreKeysAsync(
            new PreKeyBatch(credentials with { NextPreKeyId = 131 }, preKeys),
            default
        );

        (await store.PrepareAsync(default)).ShouldBeFalse();
        var read = (await store.LoadAsync(default))!;
        read.NoiseKey.Private.ShouldBe(noise);
        read.NextPreKeyId.ShouldBe(131u);
        var found = await store.LoadPreKeysAsync(60, 10, default);
        found.Select(k => k.Id).ShouldBe(Enumerable.Range(60, 10).Select(i => (uint)i));
        found[0].Key.Private.ShouldBe(preKeys[59].Key.Private);
        (await store.LoadPreKeysAsync(131, 50, default)).ShouldBeEmpty();
        (await store.LoadPreKeysAsync(1, 0, default)).ShouldBeEmpty();

        store.Forget();
        read.NoiseKey.Private.ShouldAllBe(b => b == 0);
        CryptographicOperations.FixedTimeEquals(read.AdvSecret, new byte[32]).ShouldBeTrue();
    }

    private static async Task<CommitOutcome> InsertAsync(
        PodWorld world,
        long session,
        IReadOnlyList<KeyWrite> keys
    )
    {
        foreach (var key in keys)
        {
            await using var command = world.Admin.CreateCommand(
                "insert into wa.session_key values ($1, $2, $3, $4, $5)"
            );
            foreach (
                var value in (object[])[session, key.Kind, key.Id, key.KeyVersion, key.Ciphertext!]
            )
                command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }
        return CommitOutcome.Committed;
    }
}
