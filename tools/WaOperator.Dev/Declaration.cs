using System.Security.Cryptography;
using System.Text;
using Npgsql;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Schema;

namespace WaOperator.Dev;

/// <summary>The rows that the operator would write: a pool, a tenant with its key, and a session on the pool's only shard.</summary>
internal static class Declaration
{
    /// <summary>Brings the schema up to date and declares all of it; changes nothing where it stands already.</summary>
    public static async Task WriteAsync(NpgsqlDataSource database, DevSettings settings)
    {
        await using (var migration = Database.ForMigration(settings.Database))
            await Migrator.MigrateAsync(migration);
        var desired = await DesiredStore.BeginTermAsync(database, "hack/dev");
        await desired.PutPoolAsync(
            new(DevSettings.Pool, DevSettings.Namespace, DevSettings.Pool, new())
        );
        await desired.RegisterPodAsync(new ShardId(DevSettings.Pool, 0), DevSettings.Pod);
        var tenant = await desired.PutTenantAsync(
            new(DevSettings.Namespace, DevSettings.Tenant, Suspended: false, "{}")
        );
        await desired.PutApiKeysAsync(
            tenant,
            [SHA256.HashData(Encoding.UTF8.GetBytes(settings.ApiKey))]
        );
        var projected = await desired.PutSessionsAsync([Session(tenant, settings.Phone)]);
        await desired.PlaceAsync([
            new(projected.Single().Id!.Value, new ShardId(DevSettings.Pool, 0), "Hashed"),
        ]);
    }

    private static SessionRow Session(long tenant, string phone) =>
        new()
        {
            Uid = $"dev-{phone}",
            TenantId = tenant,
            Phone = phone,
            Namespace = DevSettings.Namespace,
            Name = DevSettings.Session,
            PoolUid = DevSettings.Pool,
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "hack/dev",
        };
}
