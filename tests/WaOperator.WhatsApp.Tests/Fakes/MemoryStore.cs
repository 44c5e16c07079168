using System.Collections.Concurrent;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>A store in memory that goes through the stored form, and can be told to fail or to wait.</summary>
internal sealed class MemoryStore : IDeviceStore
{
    private readonly ConcurrentDictionary<uint, PreKey> _preKeys = new();
    private byte[]? _credentials;

    public DeviceCredentials? Credentials =>
        _credentials is null ? null : CredentialsJson.Read(_credentials);

    public IReadOnlyCollection<uint> PreKeyIds => [.. _preKeys.Keys.Order()];

    /// <summary>Called before each write.</summary>
    public Func<Task> BeforeWrite { get; set; } = () => Task.CompletedTask;

    public static MemoryStore Paired(string phone = "4915112345678")
    {
        var store = new MemoryStore();
        store.Put(
            DeviceCredentials.Create() with
            {
                Me = new(phone, "s.whatsapp.net", 3),
                Account = new([1], new byte[32], new byte[64], new byte[64]),
            }
        );
        return store;
    }

    public void Put(DeviceCredentials credentials) =>
        _credentials = CredentialsJson.Write(credentials);

    public Task<DeviceCredentials?> LoadAsync(CancellationToken ct) => Task.FromResult(Credentials);

    public async Task SaveAsync(DeviceCredentials credentials, CancellationToken ct)
    {
        await BeforeWrite().WaitAsync(ct);
        Put(credentials);
    }

    public async Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct)
    {
        await BeforeWrite().WaitAsync(ct);
        foreach (var key in CredentialsJson.ReadPreKeys(CredentialsJson.WritePreKeys(batch.Keys)))
            _preKeys[key.Id] = key;
        Put(batch.Credentials);
    }

    public Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
        uint firstId,
        int count,
        CancellationToken ct
    ) =>
        Task.FromResult<IReadOnlyList<PreKey>>([
            .. _preKeys
                .Values.Where(key => key.Id >= firstId && key.Id < firstId + count)
                .OrderBy(key => key.Id),
        ]);
}
