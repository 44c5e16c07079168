using System.Collections.Concurrent;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Tests.World;
using WaOperator.SessionPod.Transports;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>A messaging network without sockets: a test says what its phones and servers do.</summary>
internal sealed class FakeNetwork
{
    private readonly ConcurrentDictionary<long, ConcurrentQueue<FakeTransport>> _connections =
        new();

    /// <summary>Gives sessions their accounts with this network.</summary>
    public ISessionAccount AccountOf(
        SessionContext context,
        Store.Pod.Assignment wanted,
        SessionJournal journal
    ) => new FakeAccount(this, context, wanted, journal);

    /// <summary>The address of a phone's device, as it is stored.</summary>
    public Func<string, Jid> Address { get; set; } =
        phone => Jid.Parse($"{phone}:1@s.whatsapp.net");

    /// <summary>Why no device can be taken off its account; null: each can.</summary>
    public string? KeepsLinks { get; set; }

    /// <summary>The server refuses to take a device off, and keeps the connection.</summary>
    public bool RefusesUnlinking { get; set; }

    /// <summary>Files that were uploaded, by their address.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>How many connections the session has begun so far.</summary>
    public int ConnectionsOf(TestSession session) => Of(session.Id).Count;

    /// <summary>Waits for a connection of the session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="number">Which one, 1 for the first.</param>
    public Task<FakeTransport> ConnectionAsync(TestSession session, int number) =>
        Eventually.Get(
            $"connection {number} of session {session.Id}",
            () => Task.FromResult(Of(session.Id).ElementAtOrDefault(number - 1))
        );

    /// <summary>A phone links the session's device on its first connection, and the second one is established.</summary>
    /// <returns>The second one.</returns>
    public async Task<FakeTransport> LinkAsync(TestSession session)
    {
        var pairing = await ConnectionAsync(session, 1);
        await pairing.LinkAsync();
        var linked = await ConnectionAsync(session, 2);
        await linked.EstablishAsync();
        return linked;
    }

    internal void Begun(long session, FakeTransport connection) => Of(session).Enqueue(connection);

    private ConcurrentQueue<FakeTransport> Of(long session) =>
        _connections.GetOrAdd(session, _ => []);
}
