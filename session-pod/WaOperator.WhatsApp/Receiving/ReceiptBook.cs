using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Sending;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>Receipts of others: kept in the journal, then acknowledged. Those that ask for a message again go to who sends it.</summary>
internal sealed class ReceiptBook(
    IStanzaLink link,
    LidMap lids,
    Committer committer,
    Resender resender
)
{
    public void Take(BinaryNode stanza)
    {
        if (InboundReceipt.Read(stanza, lids.IsMe) is not { } receipt)
        {
            Acknowledge(new() { CanWait = true }, stanza);
            return;
        }
        switch (receipt.Kind)
        {
            case "retry":
                resender.Post(new(stanza, receipt.Sender, receipt.FromMe, receipt.Ids));
                break;
            // Our own devices among themselves.
            case "sender" or "peer_msg" or "hist_sync":
                Acknowledge(new() { CanWait = true }, stanza);
                break;
            default:
                var step = new Step { CanWait = true };
                step.Add(receipt.ToEvent());
                Acknowledge(step, stanza);
                break;
        }
    }

    private void Acknowledge(Step step, BinaryNode stanza)
    {
        if (Stanzas.Ack(stanza) is { } ack)
            step.Then = async () => await link.SendAsync(ack);
        committer.Enqueue(step);
    }
}
