using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Transports;

/// <summary>A linked device of a WhatsApp account, with its keys in PostgreSQL.</summary>
/// <param name="runtime">What all devices of the process share.</param>
/// <param name="context">What all sessions of the tenure share.</param>
/// <param name="wanted">What the operator wants.</param>
/// <param name="journal">Where it reports that the device was linked.</param>
internal sealed class WhatsAppAccount(
    WhatsAppRuntime runtime,
    SessionContext context,
    Assignment wanted,
    SessionJournal journal
) : ISessionAccount
{
    private readonly DeviceStore _store = new(
        wanted.TenantId,
        wanted.Id,
        context.Keyring,
        context.Keys,
        journal.CommitKeysAsync,
        kind => context.Messages.Unreadable.Found(wanted.Id, kind)
    );

    /// <inheritdoc/>
    public Task<bool> PrepareAsync(CancellationToken ct) => _store.PrepareAsync(ct);

    /// <inheritdoc/>
    public DeviceFault? Examine(int highest) =>
        _store.Prepared is { Me: { } me, Lid: var lid } ? DeviceFault.Of(me, lid, highest) : null;

    /// <inheritdoc/>
    public ISessionTransport Connection(
        Assignment wanted,
        ProxyAddress? proxy,
        Action<Backlog> settled
    )
    {
        var history = Enum.Parse<HistoryDepth>(wanted.History);
        var messages = new PodMessageStore(
            context.Messages,
            wanted.TenantId,
            wanted.Id,
            journal.State.Epoch,
            journal.Numbers,
            settled
        );
        var client = new WhatsAppDevice(
            runtime,
            new DeviceOptions
            {
                Name = wanted.DeviceName,
                ExpectedPhone = wanted.Phone,
                Pairing = wanted.PairingMethod == "Code" ? PairingMethod.Code : PairingMethod.Qr,
                ComparesPasskeyCode = wanted.PasskeyCode == "Compare",
                FirstPreKeys = context.Pool().PreKeys,
                Proxy = proxy,
                History = history,
            },
            _store,
            context.Gate,
            new SessionLogger(context.Logger, journal.Name),
            messages
        );
        return new WhatsAppTransport(client, messages);
    }

    /// <inheritdoc/>
    public void Forget() => _store.Forget();
}
