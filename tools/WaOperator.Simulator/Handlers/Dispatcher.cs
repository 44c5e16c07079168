using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Answers a query of a device; null: no answer.</summary>
internal delegate BinaryNode? Query(Device device, BinaryNode iq);

/// <summary>Gives each stanza to the handler of its tag, each query to the handler of its namespace.</summary>
internal sealed class Dispatcher
{
    private readonly WhatsAppServer _server;
    private readonly Messages _messages;
    private readonly Receipts _receipts;
    private readonly Dictionary<string, Query> _queries;

    public Dispatcher(WhatsAppServer server)
    {
        _server = server;
        _messages = new(server);
        _receipts = new(server);
        var preKeys = new PreKeyQueries(server);
        _queries = new(StringComparer.Ordinal)
        {
            ["encrypt"] = preKeys.Answer,
            ["usync"] = new Usync(server).Answer,
            ["passive"] = server.Login.Passive,
            ["md"] = server.Ends.Logout,
            ["w:g2"] = new Groups.GroupQueries(server).Answer,
            ["blocklist"] = new Blocklist(server).Answer,
            ["status"] = server.Profiles.About,
            ["privacy"] = server.Profiles.Privacy,
            ["disappearing_mode"] = server.Profiles.Timer,
            ["w:profile:picture"] = server.Pictures.Answer,
            ["w:m"] = server.Media.Answer,
            ["w:sync:app:state"] = new PhoneState.StateQueries(server).Answer,
        };
        foreach (var (xmlns, query) in Settings.Queries)
            _queries.Add(xmlns, query);
    }

    /// <summary>True for what a client sends only to stay connected.</summary>
    public static bool IsKeepAlive(BinaryNode stanza) =>
        stanza is { Tag: "iq" } && stanza["xmlns"] == "w:p";

    /// <summary>Handles a stanza.</summary>
    /// <exception cref="ProtocolViolationException">The connection must end.</exception>
    public void Handle(Connection connection, BinaryNode stanza)
    {
        if (IsKeepAlive(stanza) && stanza.FirstChild is null or { Tag: "ping" })
            connection.Send(Stanzas.Result(stanza));
        else if (connection.Registration is not null)
            _server.Pairing.Handle(connection, stanza);
        else if (connection.Device is { } device)
            Handle(connection, device, stanza);
        else
            throw new ProtocolViolationException($"{stanza} before the login is complete");
    }

    private void Handle(Connection connection, Device device, BinaryNode stanza)
    {
        switch (stanza.Tag)
        {
            case "iq" when stanza["type"] is "get" or "set":
                if (Answer(device, stanza) is { } answer)
                    connection.Send(answer);
                break;
            case "message":
                _messages.Route(device, stanza);
                break;
            case "receipt":
                _receipts.Route(device, stanza);
                break;
            case "ack":
                _receipts.Acked(device, stanza);
                break;
            case "presence":
                _server.Presences.Handle(device, stanza);
                break;
            case "chatstate":
                _server.Presences.Typing(device, stanza);
                break;
            // The device's answers to queries of the server, of which none is waited for here.
            case "iq" when stanza["type"] is "result" or "error":
                break;
            // Asks for what waits, which comes anyway; reports a bit that is never set; counts the user's sessions.
            case "ib"
                when stanza.FirstChild?.Tag is "offline_batch" or "dirty" or "unified_session":
                break;
            case "iq":
                connection.Send(
                    Refuse(device, stanza, RefusedException.NotImplemented("its type"))
                );
                break;
            case "call":
                _server.Calls.Handle(device, stanza);
                break;
            case "notification":
                _server.Ledger.Note("unsupportedStanza", device.Jid.ToString(), stanza.ToString());
                connection.Send(Stanzas.Ack(stanza, _server.Clock.UnixSeconds, 501));
                break;
            case "ib":
                // It has no answer that could tell.
                _server.Ledger.Note("unsupportedStanza", device.Jid.ToString(), stanza.ToString());
                break;
            default:
                throw new ProtocolViolationException($"unknown stanza {stanza}");
        }
    }

    private BinaryNode? Answer(Device device, BinaryNode iq)
    {
        if (iq["id"] is not { Length: > 0 })
            throw new ProtocolViolationException("a query without an id");
        try
        {
            if (iq["xmlns"] is not { } xmlns)
                throw RefusedException.BadRequest("no xmlns");
            return _queries.TryGetValue(xmlns, out var query)
                ? query(device, iq)
                : throw RefusedException.NotImplemented(xmlns);
        }
        catch (RefusedException e)
        {
            return Refuse(device, iq, e);
        }
    }

    private BinaryNode Refuse(Device device, BinaryNode iq, RefusedException e)
    {
        _server.Ledger.Note(
            e.Code == 501 ? "unsupportedQuery" : "refusedQuery",
            device.Jid.ToString(),
            $"{iq["xmlns"]}/{iq.FirstChild?.Tag}: {e.Message}"
        );
        return Stanzas.Error(iq, e.Code, e.Message);
    }
}
