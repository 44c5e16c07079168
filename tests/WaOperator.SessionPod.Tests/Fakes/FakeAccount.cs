using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Transports;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>An account whose credentials are one row in the database: where it is, the device is linked.</summary>
internal sealed class FakeAccount(
    FakeNetwork network,
    SessionContext context,
    Assignment wanted,
    SessionJournal journal
) : ISessionAccount
{
    private const string Kind = "fake";

    private bool _linked;

    public async Task<bool> PrepareAsync(CancellationToken ct) =>
        _linked = (await context.Keys.ReadAsync(wanted.Id, Kind, ct)).Count > 0;

    public DeviceFault? Examine(int highest) =>
        _linked ? DeviceFault.Of(network.Address(wanted.Phone), lid: null, highest) : null;

    public ISessionTransport Connection(
        Assignment wanted,
        ProxyAddress? proxy,
        Action<Backlog> settled
    ) => new FakeTransport(network, this, wanted, proxy);

    public void Forget()
    {
        // It gives no keys out.
    }

    /// <summary>What a connection keeps of its messages.</summary>
    public PodMessageStore Store() =>
        new(context.Messages, wanted.TenantId, wanted.Id, journal.State.Epoch, journal.Numbers);

    /// <summary>The phone accepted the device.</summary>
    public async Task LinkedAsync()
    {
        var outcome = await journal.CommitKeysAsync(
            [new(Kind, "", 1, [1])],
            DeviceCredentials.Create() with
            {
                Me = network.Address(wanted.Phone),
                Account = new([], [], [], []),
            }
        );
        outcome.ShouldBe(CommitOutcome.Committed);
    }
}
