using System.Security.Cryptography;
using System.Text;
using Npgsql;
using WaOperator.Sealing;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>How the operator hands the secrets of webhooks to pods.</summary>
internal static class Seal
{
    /// <summary>Seals a signing secret to the key that a pod has made.</summary>
    /// <param name="database">As the operator.</param>
    /// <param name="secret">As people write it: <c>whsec_...</c>.</param>
    /// <param name="format">Where it is Meta's, the text itself is the key.</param>
    public static async Task<SealedSecrets> SecretAsync(
        NpgsqlDataSource database,
        string secret,
        WebhookFormat format
    )
    {
        var key = await Eventually.Get("the pod has made a key", () => NewestKeyAsync(database));
        var secrets = new WebhookSecrets
        {
            Signing =
            [
                format == WebhookFormat.CloudApi
                    ? Encoding.UTF8.GetBytes(secret)
                    : Convert.FromBase64String(secret["whsec_".Length..]),
            ],
        }.ToBytes();
        return new(key.Id, SealedBox.Seal(key.Public, secrets), SHA256.HashData(secrets));
    }

    private static async Task<BoxKey?> NewestKeyAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select id, public_key from wa.box_key order by id desc limit 1"
        );
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1))
            : null;
    }
}
