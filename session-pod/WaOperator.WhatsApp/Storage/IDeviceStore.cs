namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// Keeps what must survive a crash. Persist before reveal: each write returns only when it is durable, and the client
/// sends nothing that depends on it before. An exception ends the connection (<see cref="DisconnectKind.StoreFailed"/>).
/// </summary>
public interface IDeviceStore
{
    /// <summary>Reads the credentials; null if the device has none yet. Called once per connection.</summary>
    Task<DeviceCredentials?> LoadAsync(CancellationToken ct);

    /// <summary>Replaces the credentials.</summary>
    Task SaveAsync(DeviceCredentials credentials, CancellationToken ct);

    /// <summary>Adds one-time prekeys and replaces the credentials, whose counters cover them, in one transaction.</summary>
    Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct);

    /// <summary>Reads one-time prekeys by id.</summary>
    /// <param name="firstId">The first id.</param>
    /// <param name="count">How many ids from there.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>Those of the ids that are there, by id in ascending order.</returns>
    Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(uint firstId, int count, CancellationToken ct);
}
