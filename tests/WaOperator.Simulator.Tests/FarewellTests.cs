using System.Net.WebSockets;
using Google.Protobuf;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;

namespace WaOperator.Simulator.Tests;

/// <summary>
/// How the server ends a connection. A client that takes up stanzas and the end of its socket side by side loses a last stanza that
/// the close follows at once.
/// </summary>
public sealed class FarewellTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly RecordingSocket _socket = new();

    public void Dispose() => _socket.Dispose();

    [Fact]
    public async Task After_a_last_stanza_the_client_has_time_before_the_close_comes()
    {
        var connection = Connect();
        connection.Close(Stanzas.StreamError(515));
        await Eventually.True(
            "the stanza is out and the server waits",
            () => _time.ArmedTimers == 1
        );
        _socket.Said.ShouldBe(["frame"]);
        _time.Advance(Patience);
        await Eventually.True("the close follows", () => _socket.Said.Count == 2);
        _socket.Said.ShouldBe(["frame", "close"]);
    }

    [Fact]
    public async Task A_client_that_closes_first_is_answered_at_once()
    {
        var connection = Connect();
        connection.Close(Stanzas.StreamError(515));
        await Eventually.True("the server waits", () => _time.ArmedTimers == 1);
        await connection.AnswerCloseAsync();
        _socket.Said.ShouldBe(["frame", "close"]);
    }

    [Fact]
    public async Task Without_a_last_stanza_the_close_comes_at_once()
    {
        Connect().Close(null);
        await Eventually.True("the close comes", () => _socket.Said.Count > 0);
        _socket.Said.ShouldBe(["close"]);
    }

    private Connection Connect()
    {
        var connection = new Connection(
            _socket,
            () => { },
            "remote",
            new Clock(_time),
            closeAfter: Patience
        );
        connection.Encrypt(Transport());
        return connection;
    }

    private static NoiseTransport Transport()
    {
        using var initiator = new NoiseInitiator(KeyPair.Generate());
        using var responder = new NoiseResponder(KeyPair.Generate(), []);
        initiator.AcceptServerHello(responder.AcceptHello(initiator.Hello()));
        var (finish, client) = initiator.Finish(new ClientPayload().ToByteArray());
        client.Dispose();
        return responder.AcceptFinish(finish).Transport;
    }

    /// <summary>Notes what the server says, in order.</summary>
    private sealed class RecordingSocket : WebSocket
    {
        private readonly Lock _lock = new();
        private readonly List<string> _said = [];

        public IReadOnlyList<string> Said
        {
            get
            {
                lock (_lock)
                    return [.. _said];
            }
        }

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public override void Abort() => Note("abort");

        public override Task CloseAsync(
            WebSocketCloseStatus closeStatus,
            string? statusDescription,
            CancellationToken cancellationToken
        ) => CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

        public override Task CloseOutputAsync(
            WebSocketCloseStatus closeStatus,
            string? statusDescription,
            CancellationToken cancellationToken
        )
        {
            Note("close");
            return Task.CompletedTask;
        }

        public override void Dispose() { }

        public override Task<WebSocketReceiveResult> ReceiveAsync(
            ArraySegment<byte> buffer,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException("nothing is read here");

        public override Task SendAsync(
            ArraySegment<byte> buffer,
            WebSocketMessageType messageType,
            bool endOfMessage,
            CancellationToken cancellationToken
        )
        {
            Note("frame");
            return Task.CompletedTask;
        }

        private void Note(string what)
        {
            lock (_lock)
                _said.Add(what);
        }
    }
}
