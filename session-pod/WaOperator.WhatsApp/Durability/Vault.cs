using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Durability;

/// <summary>The store failed.</summary>
internal sealed class StoreFailedException(Exception inner)
    : Exception($"The store failed: {inner.Message}", inner);

/// <summary>The device's credentials. Each change is durable before it is seen, and is made only while the gate is open.</summary>
internal sealed class Vault(IDeviceStore store, IActGate gate, CancellationToken ended)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DeviceCredentials? _credentials;

    /// <summary>The credentials as they are stored.</summary>
    public DeviceCredentials Credentials =>
        _credentials
        ?? throw new InvalidOperationException("The credentials have not been loaded.");

    /// <summary>Loads the credentials, or makes and stores new ones.</summary>
    public async Task OpenAsync()
    {
        _credentials = await Guard(() => store.LoadAsync(ended));
        if (_credentials is null)
            await ReplaceAsync(_ => DeviceCredentials.Create());
    }

    /// <summary>Stores changed credentials.</summary>
    public Task ReplaceAsync(Func<DeviceCredentials?, DeviceCredentials> change) =>
        ChangeAsync(
            () => change(_credentials),
            changed => changed,
            changed => store.SaveAsync(changed, ended)
        );

    /// <summary>Stores changed credentials.</summary>
    public Task UpdateAsync(Func<DeviceCredentials, DeviceCredentials> change) =>
        ReplaceAsync(old => change(old!));

    /// <summary>Stores new prekeys and the credentials that count them.</summary>
    public Task<PreKeyBatch> AddPreKeysAsync(Func<DeviceCredentials, PreKeyBatch> make) =>
        ChangeAsync(
            () => make(Credentials),
            batch => batch.Credentials,
            batch => store.SavePreKeysAsync(batch, ended)
        );

    public Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(uint firstId, int count) =>
        Guard(() => store.LoadPreKeysAsync(firstId, count, ended));

    public void Dispose() => _turn.Dispose();

    private async Task<T> ChangeAsync<T>(
        Func<T> make,
        Func<T, DeviceCredentials> credentials,
        Func<T, Task> save
    )
    {
        await _turn.WaitAsync(ended);
        try
        {
            var made = make();
            if (!gate.MayAct)
                await gate.WaitUntilOpenAsync(ended);
            await Guard(async () =>
            {
                await save(made);
                return true;
            });
            _credentials = credentials(made);
            return made;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<T> Guard<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !ended.IsCancellationRequested)
        {
            throw new StoreFailedException(e);
        }
    }
}
