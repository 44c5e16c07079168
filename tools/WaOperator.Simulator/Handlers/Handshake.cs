using Google.Protobuf;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.Simulator.Handlers;

/// <summary>The life of one socket: handshake, registration or login, stanzas, end.</summary>
internal sealed class Handshake(WhatsAppServer server)
{
    private const int MaxFrame = 4 * 1024 * 1024;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(20);

    /// <summary>Serves a socket until it ends.</summary>
    public async Task ServeAsync(Connection connection)
    {
        server.Connections.TryAdd(connection, 0);
        var how = Ending.Broken;
        using var reader = new ServerFrameReader(MaxFrame);
        try
        {
            connection.Expire(HandshakeLimit);
            if (await ShakeHandsAsync(connection, reader))
                await ReadStanzasAsync(connection, reader);
            how = Ending.ClosedByClient;
            await connection.AnswerCloseAsync();
        }
        catch (Exception e)
            when (e
                    is FrameException
                        or NoiseException
                        or BinaryFormatException
                        or ProtocolViolationException
                        or InvalidProtocolBufferException
            )
        {
            server.Ledger.Note("protocolError", connection.Device?.Jid.ToString(), e.Message);
        }
        catch (Exception e)
            when (e
                    is System.Net.WebSockets.WebSocketException
                        or IOException
                        or OperationCanceledException
            )
        {
            server.Ledger.Count("brokenConnections");
        }
        finally
        {
            server.Connections.TryRemove(connection, out _);
            server.Pairing.Left(connection);
            server.Login.Left(connection, how);
            connection.Release();
        }
    }

    private async Task<bool> ShakeHandsAsync(Connection connection, ServerFrameReader reader)
    {
        using var responder = new NoiseResponder(server.NoiseKey, server.Certificates);
        if (await NextFrameAsync(connection, reader) is not { } hello)
            return false;
        await connection.SendPlainAsync(responder.AcceptHello(hello.Span));
        if (await NextFrameAsync(connection, reader) is not { } finish)
            return false;
        var (clientKey, payload, transport) = responder.AcceptFinish(finish.Span);
        connection.Encrypt(transport);
        connection.Expire(null);
        server.Ledger.Count("handshakes");
        await Task.Delay(server.Options.FirstStanzaAfter, server.Clock.Time);
        var client = ClientPayload.Parser.ParseFrom(payload);
        if (client.DevicePairingData is { } registration)
            server.Pairing.Begin(connection, clientKey, registration);
        else
            server.Login.Begin(connection, clientKey, client);
        return true;
    }

    /// <summary>Handles stanzas until the client closes the socket.</summary>
    private async Task ReadStanzasAsync(Connection connection, ServerFrameReader reader)
    {
        while (await NextFrameAsync(connection, reader) is { } frame)
        {
            if (connection.Frozen)
                continue;
            var stanza = connection.Decrypt(frame);
            var act = !Dispatcher.IsKeepAlive(stanza);
            connection.Heard(act);
            if (connection.ReplacedAt is { } replaced)
            {
                if (act)
                    server.Replacement.LateFrame(connection, stanza, replaced);
            }
            else if (!connection.Ended)
            {
                server.Dispatcher.Handle(connection, stanza);
            }
        }
    }

    private static async ValueTask<Memory<byte>?> NextFrameAsync(
        Connection connection,
        ServerFrameReader reader
    )
    {
        while (true)
        {
            if (reader.TryRead(out var frame))
                return frame;
            if (!await connection.ReceiveAsync(reader))
                return null;
        }
    }
}
