using System.Globalization;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>
/// Writes a device of ours as an auth folder of Baileys. Linking a hundred devices with Baileys itself would take minutes, and what
/// is measured comes after the link.
/// </summary>
internal static class BaileysState
{
    public static async Task WriteAsync(
        string folder,
        DeviceCredentials credentials,
        IEnumerable<PreKey> preKeys
    )
    {
        Directory.CreateDirectory(folder);
        var account = credentials.Account!;
        var creds = new JsonObject
        {
            ["noiseKey"] = Pair(credentials.NoiseKey),
            ["pairingEphemeralKeyPair"] = Pair(credentials.PairingEphemeralKey),
            ["signedIdentityKey"] = Pair(credentials.IdentityKey),
            ["signedPreKey"] = new JsonObject
            {
                ["keyPair"] = Pair(credentials.SignedPreKey.Key),
                ["signature"] = Buffer(credentials.SignedPreKey.Signature),
                ["keyId"] = credentials.SignedPreKey.Id,
            },
            ["registrationId"] = credentials.RegistrationId,
            ["advSecretKey"] = Convert.ToBase64String(credentials.AdvSecret),
            ["processedHistoryMessages"] = new JsonArray(),
            ["nextPreKeyId"] = credentials.NextPreKeyId,
            ["firstUnuploadedPreKeyId"] = credentials.FirstUnuploadedPreKeyId,
            ["accountSyncCounter"] = 0,
            ["accountSettings"] = new JsonObject { ["unarchiveChats"] = false },
            ["registered"] = false,
            ["account"] = new JsonObject
            {
                ["details"] = Convert.ToBase64String(account.Details),
                ["accountSignatureKey"] = Convert.ToBase64String(account.AccountSignatureKey),
                ["accountSignature"] = Convert.ToBase64String(account.AccountSignature),
                ["deviceSignature"] = Convert.ToBase64String(account.DeviceSignature),
            },
            ["me"] = new JsonObject
            {
                ["id"] = $"{credentials.Me}",
                ["lid"] = $"{credentials.Lid}",
            },
            ["signalIdentities"] = new JsonArray(
                new JsonObject
                {
                    ["identifier"] = new JsonObject
                    {
                        ["name"] = $"{credentials.Lid}",
                        ["deviceId"] = 0,
                    },
                    ["identifierKey"] = Buffer([5, .. account.AccountSignatureKey]),
                }
            ),
            ["platform"] = "android",
        };
        await File.WriteAllTextAsync(Path.Combine(folder, "creds.json"), creds.ToJsonString());
        foreach (var key in preKeys)
            await File.WriteAllTextAsync(
                Path.Combine(
                    folder,
                    string.Create(CultureInfo.InvariantCulture, $"pre-key-{key.Id}.json")
                ),
                Pair(key.Key).ToJsonString()
            );
    }

    private static JsonObject Pair(KeyPair pair) =>
        new() { ["private"] = Buffer(pair.Private), ["public"] = Buffer(pair.Public) };

    private static JsonObject Buffer(byte[] bytes) =>
        new() { ["type"] = "Buffer", ["data"] = Convert.ToBase64String(bytes) };
}
