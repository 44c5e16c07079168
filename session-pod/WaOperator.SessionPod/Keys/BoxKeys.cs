using System.Collections.Concurrent;
using System.Security.Cryptography;
using WaOperator.Sealing;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Keys;

/// <summary>
/// The keys that the operator seals secrets of tenants to: those of webhooks, and addresses of proxies. The first pod of an installation makes
/// one. Safe for many threads.
/// </summary>
internal sealed partial class BoxKeys(
    WebhookRegister register,
    Keyring keyring,
    ILogger<BoxKeys> logger
) : IDisposable
{
    private readonly ConcurrentDictionary<long, (byte[] Public, byte[] Private)> _keys = [];
    private readonly ConcurrentDictionary<long, bool> _unreadable = [];

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

    /// <summary>Opens what was sealed.</summary>
    /// <param name="boxKey">What key it is sealed to.</param>
    /// <param name="box">The box.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>What is in it, which the caller wipes, or why it cannot be had.</returns>
    public async Task<(byte[]? Plain, string? Fault)> OpenAsync(
        long boxKey,
        byte[] box,
        CancellationToken ct
    )
    {
        if (!_keys.ContainsKey(boxKey) && !_unreadable.ContainsKey(boxKey))
            await LoadAsync(ct);
        if (!_keys.TryGetValue(boxKey, out var key))
            return (null, "the key that it is sealed to cannot be read");
        try
        {
            return (SealedBox.Open(key.Public, key.Private, box), null);
        }
        catch (CryptographicException)
        {
            return (null, "it is damaged, or sealed to another key");
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
            if (_unreadable.TryAdd(row.Id, true))
                Log.Unreadable(logger, row.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.BoxKeysUnreadable,
            LogLevel.Error,
            "key {Key} of sealed secrets cannot be decrypted: it is damaged, or encrypted with another master key"
        )]
        public static partial void Unreadable(ILogger logger, long key);
    }
}
