using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Messages;

/// <summary>Has an encrypted message become durable with its ratchets, and sends it then.</summary>
internal sealed class Dispatch(Session session, Committer committer, InFlight inFlight)
{
    /// <summary>Queues a message. The caller holds the monitors of the slots that the step changes.</summary>
    public void Enqueue(
        Step step,
        OutgoingMessage message,
        SendTicket ticket,
        BinaryNode stanza,
        string? hash
    )
    {
        var bytes = BinaryEncoder.Encode(stanza);
        var outbound = new OutboundMessage(
            message.Id,
            message.To.ToString(),
            OutboundState.Encrypted,
            message.Content,
            bytes,
            null
        );
        inFlight.Add(outbound with { Stanza = null }, ticket, hash);
        step.Outbound = outbound;
        step.Durable = ticket.Accept;
        step.Then = async () => await session.SendEncodedAsync(bytes);
        committer.Enqueue(step);
    }
}
