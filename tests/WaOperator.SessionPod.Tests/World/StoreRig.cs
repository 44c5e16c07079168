using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>The messages of one session, over a group commit without sockets.</summary>
internal sealed class StoreRig : IAsyncDisposable
{
    private readonly Keyring _keyring;
    private readonly MasterKey _master;

    private StoreRig(CommitRig commits, Logs? log)
    {
        Commits = commits;
        var keys = new SessionKeys(commits.Database);
        _master = new MasterKey([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        _keyring = new Keyring(_master, keys);
        Context = new MessageContext
        {
            Commits = commits.Commits,
            Keyring = _keyring,
            Keys = keys,
            Stored = new SessionMessages(commits.Database),
            Cache = new SharedRecords(1 << 20),
            Events = new EventHub(),
            Unreadable = new UnreadableRecords(
                (
                    (ILoggerFactory?)log ?? NullLoggerFactory.Instance
                ).CreateLogger<UnreadableRecords>()
            ),
            HandledWeeks = 4,
            Time = TimeProvider.System,
            Ended = CancellationToken.None,
        };
        Device = new DeviceStore(
            Tenant,
            Session.SessionId,
            _keyring,
            keys,
            (k, _) =>
                commits.Commits.CommitAsync(
                    Tenant,
                    new SessionWrite(Session.SessionId, Session.Epoch) { Keys = k }
                )
        );
    }

    public CommitRig Commits { get; }

    public PodWorld World => Commits.World;

    public OwnedSession Session => Commits.Owned[0];

    public MessageContext Context { get; }

    public DeviceStore Device { get; }

    public const long Tenant = 1;

    public static async Task<StoreRig> StartAsync(Logs? log = null) =>
        new(await CommitRig.StartAsync(sessions: 1), log);

    public PodMessageStore Store(JournalNumbers? numbers = null) =>
        new(Context, Tenant, Session.SessionId, Session.Epoch, numbers ?? Numbers());

    /// <summary>With another context.</summary>
    public PodMessageStore Store(MessageContext context) =>
        new(context, Tenant, Session.SessionId, Session.Epoch, Numbers());

    /// <summary>An owner's, who remembers nothing.</summary>
    public JournalNumbers Numbers() => new(() => Context.Stored.LastEventAsync(Session.SessionId));

    public async Task<IReadOnlyList<JournalEvent>> EventsAsync()
    {
        using var ciphers = new AtRestCiphers(_keyring, Tenant, Session.SessionId);
        var events = new List<JournalEvent>();
        foreach (var e in await Context.Stored.ReadEventsAsync(Session.SessionId, 0, 1000))
            events.Add(await EventRows.OpenAsync(ciphers, e.Row, default));
        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await Commits.DisposeAsync();
        _keyring.Dispose();
        _master.Dispose();
    }
}
