using System.Collections.Concurrent;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Transports;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>A connection that does what a test says.</summary>
internal sealed class FakeTransport(
    FakeNetwork network,
    FakeAccount account,
    Assignment wanted,
    ProxyAddress? proxy
) : ISessionTransport
{
    private readonly TaskCompletionSource<Disconnect> _end = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Lazy<PodMessageStore> _store = new(account.Store);
    private Func<ClientEvent, ValueTask> _tell = _ => ValueTask.CompletedTask;

    /// <summary>The proxy that it was given.</summary>
    public ProxyAddress? Proxy => proxy;

    public bool HasWaiting { get; init; } = true;

    public ISessionFiles Files { get; } = new FakeFiles(network);

    public long HeldBytes => 0;

    public bool InDoubt { get; set; }

    /// <summary>What it does beside messages.</summary>
    public FakeSocial Groups { get; } = new();

    public ISocialTransport Social => Groups;

    /// <summary>Messages that it was given.</summary>
    public ConcurrentQueue<OutgoingMessage> Sent { get; } = [];

    /// <summary>Whether it was asked to take the device off the account.</summary>
    public bool Unlinked { get; private set; }

    /// <summary>What became of it; null while it lasts.</summary>
    public Disconnect? Ended => _end.Task.IsCompletedSuccessfully ? _end.Task.Result : null;

    public async Task<Disconnect> RunAsync(
        Func<ClientEvent, ValueTask> onEvent,
        CancellationToken ct
    )
    {
        _tell = onEvent;
        network.Begun(wanted.Id, this);
        await using var dropped = ct.UnsafeRegister(
            static self => ((FakeTransport)self!).End(DisconnectKind.LocalClose),
            this
        );
        return await _end.Task;
    }

    public Task Send(OutgoingMessage message)
    {
        Sent.Enqueue(message);
        return Task.CompletedTask;
    }

    public Task AnswerPasskeyAsync(string assertion, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task ConfirmPasskeyCodeAsync(CancellationToken ct) => throw new NotSupportedException();

    public Task<bool> UnlinkAsync(CancellationToken ct)
    {
        if (network.KeepsLinks is { } why)
            throw new IOException(why);
        if (network.RefusesUnlinking)
            return Task.FromResult(false);
        Unlinked = true;
        End(DisconnectKind.LoggedOut);
        return Task.FromResult(true);
    }

    public Task CloseAsync()
    {
        End(DisconnectKind.LocalClose);
        return _end.Task;
    }

    public Task SettledAsync() => Task.CompletedTask;

    /// <summary>Raises an event to the pod; returns when it has been handled.</summary>
    public ValueTask TellAsync(ClientEvent happened) => _tell(happened);

    /// <summary>Something happens that stands in the journal when this returns.</summary>
    public Task JournalAsync(params IReadOnlyList<SessionEvent> events) =>
        CommitAsync(new() { Events = events });

    /// <summary>Something of the session becomes durable.</summary>
    public Task CommitAsync(DeviceChange change) =>
        _store.Value.CommitAsync(change, CancellationToken.None);

    /// <summary>The login is complete.</summary>
    public ValueTask EstablishAsync() => TellAsync(new Connected(0));

    /// <summary>A phone accepts the device, and the server asks for a new connection.</summary>
    public async Task LinkAsync()
    {
        await account.LinkedAsync();
        End(DisconnectKind.RestartRequired);
    }

    /// <summary>It ends.</summary>
    public void End(DisconnectKind kind, TimeSpan? retryAfter = null) =>
        _end.TrySetResult(new(kind, null, $"ended as {kind}") { RetryAfter = retryAfter });
}
