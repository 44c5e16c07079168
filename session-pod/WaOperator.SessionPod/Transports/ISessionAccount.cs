using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Transports;

/// <summary>A session's account with a messaging network: its stored credentials, and connections that use them.</summary>
internal interface ISessionAccount
{
    /// <summary>Reads the credentials ahead of the connection that needs them.</summary>
    /// <returns>Whether the device is linked.</returns>
    /// <exception cref="InvalidDataException">They are damaged or were encrypted with another key.</exception>
    Task<bool> PrepareAsync(CancellationToken ct);

    /// <summary>What looks wrong with the address of the device whose credentials <see cref="PrepareAsync"/> read.</summary>
    /// <param name="highest">Device numbers above it are suspect; 0: none is.</param>
    /// <returns>What is wrong; null: nothing, or no device is linked.</returns>
    DeviceFault? Examine(int highest);

    /// <summary>A connection that has not begun.</summary>
    /// <param name="wanted">What the operator wants of the session.</param>
    /// <param name="proxy">The proxy that all of it goes through; null: none.</param>
    /// <param name="settled">Hears of outbound messages that were acknowledged or given up.</param>
    ISessionTransport Connection(Assignment wanted, ProxyAddress? proxy, Action<Backlog> settled);

    /// <summary>Zeroes the keys that were given out. Only after the end of the connection that used them.</summary>
    void Forget();
}

/// <summary>Makes the account of a session that was just claimed.</summary>
/// <param name="context">What all sessions of the tenure share.</param>
/// <param name="wanted">What the operator wants.</param>
/// <param name="journal">Where the account reports that the device was linked.</param>
internal delegate ISessionAccount AccountFactory(
    SessionContext context,
    Assignment wanted,
    SessionJournal journal
);
