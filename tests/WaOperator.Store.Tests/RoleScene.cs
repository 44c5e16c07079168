using System.Text;
using Npgsql;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests;

/// <summary>Two shards with a session each, and one that says nothing of itself.</summary>
internal sealed class RoleScene : IAsyncDisposable
{
    public required StoreWorld World { get; init; }
    public required NpgsqlDataSource Mine { get; init; }
    public required NpgsqlDataSource Stranger { get; init; }
    public required (long Epoch, Guid Process) A { get; init; }
    public required (long Epoch, Guid Process) B { get; init; }
    public required long Theirs { get; init; }

    public static async Task<RoleScene> CreateAsync()
    {
        var world = await StoreWorld.CreateAsync();
        var (a, b) = (await world.AcquireAsync(0, "pod-a"), await world.AcquireAsync(1, "pod-b"));
        var mine = await SessionAsync(world, "mine", 0, a.Epoch);
        var theirs = await SessionAsync(world, "theirs", 1, b.Epoch);
        (await world.StoredAsync(mine)).ShouldBe("mine");
        return new()
        {
            World = world,
            Mine = world.RoleOf(a.Process),
            Stranger = world.RoleOf(null),
            A = a,
            B = b,
            Theirs = theirs,
        };
    }

    public async Task<long> CountAsync(NpgsqlDataSource database, string table)
    {
        await using var command = database.CreateCommand($"select count(*) from wa.{table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public Task<long> TenantAsync(string name) =>
        World.Desired.PutTenantAsync(new("ns", name, false, "{}"));

    public async Task AsOperatorAsync(string sql)
    {
        await using var connection = await World.Admin.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> SessionAsync(
        StoreWorld world,
        string name,
        int ordinal,
        long lease
    )
    {
        var tenant = await world.Desired.PutTenantAsync(new("ns", name, false, "{}"));
        var row = StoreWorld.Row(name, tenant, $"4917000000{ordinal}0");
        var id = (await world.Desired.PutSessionsAsync([row])).Single().Id!.Value;
        await world.Desired.PlaceAsync([
            new PlacementChange(id, StoreWorld.Shard(ordinal), "Hashed"),
        ]);
        var epoch = (await world.ClaimAsync(id, ordinal, lease)).Epoch!.Value;
        var name32 = RecordName.From(new byte[32]);
        byte[] body = [1];
        await world.Writer.CommitAsync([StoreWorld.KeyWrite(id, epoch, name)]);
        await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(id, epoch, name) with
            {
                WipeKeys = true,
                ArchiveKeys = true,
                Records = [new RecordRow(name32, 1, body)],
                Events = [new EventRow(1, "message", 1, body)],
                Handled = [name32],
                Outbox = [new OutboxRow("id", OutboxState.Queued, 1, body, 1, null)],
                Chats = [new ChatRow(name32, DateTimeOffset.UnixEpoch, false, 1, 1, body)],
                ChatFlags = [new ChatFlagRow(name32, new() { Archived = true })],
                Contacts = [new ContactRow(name32, false, 1, 1, body)],
                Receipts =
                [
                    new ReceiptRow("id", name32, DateTimeOffset.UnixEpoch, null, null, 1, body),
                ],
                Past = new()
                {
                    Messages = [new PastRow(name32, 1, DateTimeOffset.UnixEpoch, 1, body)],
                },
                State = new()
                {
                    SessionId = id,
                    Epoch = epoch,
                    Phase = SessionPhase.Pairing,
                },
                Pairing = new(id, epoch, "QR", "code", 1, 1, DateTimeOffset.UnixEpoch),
            },
        ]);
        await new BroadcastWrites(world.Pod).CreateAsync(
            new(id, epoch),
            new("b", 1, body),
            [new("m", 1, body)]
        );
        await new SessionKeys(world.Pod).AddTenantKeyAsync(tenant, 1, Encoding.UTF8.GetBytes(name));
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await Mine.DisposeAsync();
        await Stranger.DisposeAsync();
        await World.DisposeAsync();
    }
}
