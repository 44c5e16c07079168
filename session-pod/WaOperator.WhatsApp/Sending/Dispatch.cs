using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Sending;

/// <summary>Has an encrypted message become durable with its ratchets, and sends it then.</summary>
internal sealed class Dispatch(IStanzaLink link, Committer committer, InFlight inFlight)
{
    /// <summary>Queues a message. The caller holds the monitors of the slots that the step changes.</summary>
    /// <param name="step">Holds the ratchets that moved.</param>
    /// <param name="message">What was asked for.</param>
    /// <param name="ticket">Gets what becomes of it.</param>
    /// <param name="stanza">The encrypted message.</param>
    /// <param name="devices">The devices that it is for, and this one, as in the stanza.</param>
    public void Enqueue(
        Step step,
        OutgoingMessage message,
        SendTicket ticket,
        BinaryNode stanza,
        IReadOnlyList<Jid> devices
    )
    {
        var bytes = BinaryEncoder.Encode(stanza);
        var outbound = message.As(OutboundState.Encrypted, stanza: bytes);
        inFlight.Add(outbound with { Stanza = null }, ticket, devices);
        step.Outbound = outbound;
        step.Durable = ticket.Accept;
        step.Then = async () => await link.SendEncodedAsync(bytes);
        committer.Enqueue(step);
    }
}
