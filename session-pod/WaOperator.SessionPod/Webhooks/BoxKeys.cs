using System.Security.Cryptography;
using System.Text.Json;
using WaOperator.Sealing;
using WaOperator.SessionPod.Keys;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>The keys that webhooks' secrets are sealed to. The first pod of an installation makes one.</summary>
internal sealed partial class BoxKeys(
    WebhookRegister register,
    Keyring keyring,
    ILogger<BoxKeys> logger
) : IDisposable
{
    private readonly Dictionary<long, (byte[] Public, byte[] Private)> _keys = [];
    private readonly HashSet<long> _unreadable = [];

    /// <summary>Reads the keys, and offers one where there is none yet.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var (offered, secret) = SealedBox.CreateKeys();
        byte[] box;
        try
        {
            box = keyring.SealBoxKey(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
        foreach (var row in await register.OfferKeyAsync(offered, box, ct))
            if (!_keys.ContainsKey(row.Id))
                Add(row);
    }

    /// <summary>Opens a webhook's secrets.</summary>
    /// <returns>What they are, or why they cannot be had.</returns>
    public async Task<(WebhookSecrets? Secrets, string? Fault)> OpenAsync(
        StoredWebhook webhook,
        CancellationToken ct
    )
    {
        if (!_keys.ContainsKey(webhook.BoxKey))
            await LoadAsync(ct);
        if (!_keys.TryGetValue(webhook.BoxKey, out var key))
            return (null, "the key that its secrets are sealed to cannot be read");
        byte[]? plain = null;
        try
        {
            plain = SealedBox.Open(key.Public, key.Private, webhook.Secrets);
            return (WebhookSecrets.FromBytes(plain), null);
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            return (
                null,
                "its secrets cannot be opened: they are damaged, or sealed to another key"
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, secret) in _keys.Values)
            CryptographicOperations.ZeroMemory(secret);
        _keys.Clear();
    }

    private void Add(BoxKeyRow row)
    {
        try
        {
            var secret = keyring.OpenBoxKey(row.PrivateBox);
            if (secret.Length != SealedBox.KeySize || row.PublicKey.Length != SealedBox.KeySize)
                throw new InvalidDataException("it is no key");
            _keys[row.Id] = (row.PublicKey, secret);
        }
        catch (InvalidDataException)
        {
            if (_unreadable.Add(row.Id))
                Log.Unreadable(logger, row.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.BoxKeysUnreadable,
            LogLevel.Error,
            "key {Key} of webhooks' secrets cannot be decrypted: it is damaged, or encrypted with another master key"
        )]
        public static partial void Unreadable(ILogger logger, long key);
    }
}
