using System.Collections.Concurrent;
using System.Security.Cryptography;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>How a call is.</summary>
internal enum CallState
{
    /// <summary>It rings.</summary>
    Ringing,

    /// <summary>A device of the called account rejected it.</summary>
    Rejected,

    /// <summary>The caller hung up.</summary>
    Cancelled,

    /// <summary>It rang for too long.</summary>
    TimedOut,
}

/// <summary>A call of two, made by a phone. No one can accept it. Guard: itself.</summary>
/// <param name="id">Its id.</param>
/// <param name="from">The phone that calls.</param>
/// <param name="to">The phone that is called.</param>
/// <param name="byLid">The caller is named by LID, with the number beside it.</param>
/// <param name="offers">The ids of the stanzas that offer it.</param>
internal sealed class Call(
    string id,
    Phone from,
    Phone to,
    bool byLid,
    IReadOnlyList<string> offers
)
{
    public string Id => id;
    public Phone From => from;
    public Phone To => to;
    public bool ByLid => byLid;

    /// <summary>How the caller is named.</summary>
    public Jid Caller => byLid ? from.Lid : from.Jid;

    public CallState State { get; set; }

    /// <summary>The device that rejected it; null: none.</summary>
    public Device? RejectedBy { get; set; }

    /// <summary>How many devices have not acknowledged the offer.</summary>
    public int Unacknowledged =>
        to.Devices.Count(device =>
        {
            lock (device.Gate)
                return offers.Any(offer => device.Mailbox.Find("call", offer) is not null);
        });
}

/// <summary>Calls: phones make them, and take them back; linked devices can do nothing but reject them.</summary>
internal sealed class Calls(WhatsAppServer server)
{
    private const int Most = 1024;
    private readonly ConcurrentQueue<string> _order = new();
    private readonly ConcurrentDictionary<string, Call> _calls = new(StringComparer.Ordinal);

    /// <summary>The call; null: there is none.</summary>
    public Call? Find(string id) => _calls.GetValueOrDefault(id);

    /// <summary>Lets a phone call another.</summary>
    public Call Ring(Phone from, Phone to, bool video, bool byLid)
    {
        var id = RandomNumberGenerator.GetHexString(32);
        var offers = to.Devices.Select(_ => Stanzas.NewId()).ToList();
        var call = new Call(id, from, to, byLid, offers);
        _calls[id] = call;
        _order.Enqueue(id);
        if (_order.Count > Most && _order.TryDequeue(out var oldest))
            _calls.TryRemove(oldest, out _);
        if (to.Blocks(from.Number))
            return call;
        foreach (var (device, offer) in to.Devices.Zip(offers))
            Tell(
                device,
                offer,
                call,
                video
                    ? new("offer") { Children = [new("audio") { ["enc"] = "opus" }, new("video")] }
                    : new("offer") { Children = [new("audio") { ["enc"] = "opus" }] }
            );
        return call;
    }

    /// <summary>Offers the call again, as a server does that is not sure.</summary>
    public void Repeat(Call call)
    {
        foreach (var device in call.To.Devices)
            Tell(
                device,
                Stanzas.NewId(),
                call,
                new("offer_notice") { ["media"] = "audio", ["type"] = "" }
            );
    }

    /// <summary>The caller hangs up, or gives up.</summary>
    /// <returns>Whether it rang.</returns>
    public bool End(Call call, CallState state)
    {
        lock (call)
        {
            if (call.State != CallState.Ringing)
                return false;
            call.State = state;
        }
        foreach (var device in call.To.Devices)
            Tell(
                device,
                Stanzas.NewId(),
                call,
                new("terminate") { ["reason"] = state == CallState.TimedOut ? "timeout" : null }
            );
        return true;
    }

    /// <summary>A device says something of a call. Only rejecting is done here.</summary>
    public void Handle(Device device, BinaryNode stanza)
    {
        if (stanza["id"] is not { Length: > 0 })
            throw new ProtocolViolationException("a call stanza without an id");
        if (stanza.FirstChild is not { Tag: "reject" } reject)
        {
            server.Ledger.Note("unsupportedStanza", device.Jid.ToString(), stanza.ToString());
            device.Connection?.Send(Stanzas.Ack(stanza, server.Clock.UnixSeconds, 501));
            return;
        }
        var fault = Reject(device, stanza, reject);
        if (fault is not null)
            server.Ledger.Note("refusedCall", device.Jid.ToString(), fault);
        device.Connection?.Send(
            Stanzas.Ack(stanza, server.Clock.UnixSeconds, fault is null ? null : 400)
        );
    }

    private string? Reject(Device device, BinaryNode stanza, BinaryNode reject)
    {
        Call? call = reject["call-id"] is { } id ? Find(id) : null;
        if (call is null || call.To != device.Phone)
            return "no such call";
        if (stanza["from"] != device.Phone.Jid.ToString())
            return "from must be the own account by number";
        if (stanza["to"] != call.Caller.ToString() || reject["call-creator"] != stanza["to"])
            return "to and call-creator must be the caller, as the offer names it";
        if (reject["count"] != "0")
            return "count must be 0";
        lock (call)
        {
            if (call.State != CallState.Ringing)
                return "the call does not ring";
            (call.State, call.RejectedBy) = (CallState.Rejected, device);
        }
        foreach (var other in call.To.Devices.Where(d => d != device))
            Tell(other, Stanzas.NewId(), call, new("reject") { ["count"] = "0" });
        return null;
    }

    private void Tell(Device device, string stanza, Call call, BinaryNode what)
    {
        what["call-id"] = call.Id;
        what["call-creator"] = call.Caller.ToString();
        what[call.ByLid ? "caller_pn" : "caller_lid"] = (
            call.ByLid ? call.From.Jid : call.From.Lid
        ).ToString();
        device.Deliver(
            new(
                "call",
                stanza,
                call.From.Number,
                new("call")
                {
                    ["id"] = stanza,
                    ["from"] = call.Caller.ToString(),
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    ["platform"] = "android",
                    ["version"] = "2.24.0",
                    Children = [what],
                }
            )
        );
    }
}
