using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>What is said to a message: that we have it, or that it is desired again. Pure.</summary>
internal static class AnswerStanzas
{
    /// <summary>We have a message: the server need not keep it.</summary>
    public static BinaryNode Ack(BinaryNode message) =>
        new("ack")
        {
            ["id"] = message["id"],
            ["to"] = message["from"],
            ["class"] = message.Tag,
            ["participant"] = message["participant"],
            ["recipient"] = message["recipient"],
        };

    /// <summary>Confirms to the sender, or to our own devices, that we got a message.</summary>
    public static BinaryNode Delivered(InboundMessage message, bool active)
    {
        var receipt = new BinaryNode("receipt") { ["id"] = message.Id };
        if (message.IsPeer)
        {
            receipt["to"] = message.Sender.ToString();
            receipt["type"] = "peer_msg";
        }
        else if (message.InGroup)
        {
            receipt["to"] = message.Chat.ToString();
            receipt["participant"] = message.Sender.ToString();
            receipt["type"] =
                message.FromMe ? "sender"
                : active ? null
                : "inactive";
        }
        else if (message.FromMe)
        {
            receipt["to"] = message.Sender.ToString();
            receipt["recipient"] = message.Chat.ToString();
            receipt["type"] = "sender";
        }
        else
        {
            receipt["to"] = message.Sender.ToString();
            receipt["type"] = active ? null : "inactive";
        }
        return receipt;
    }

    /// <summary>Asks the sender for a message that we cannot read.</summary>
    public static BinaryNode Retry(
        InboundMessage message,
        int count,
        DeviceCredentials us,
        PreKey? one
    )
    {
        var children = new List<BinaryNode>
        {
            new("retry")
            {
                ["count"] = count.ToString(CultureInfo.InvariantCulture),
                ["id"] = message.Id,
                ["t"] = message.Stanza["t"] ?? "0",
                ["v"] = "1",
                ["error"] = "0",
            },
            new("registration") { Bytes = BundleStanzas.Registration(us) },
        };
        if (one is not null)
            children.Add(BundleStanzas.Keys(us, one));
        return new("receipt")
        {
            ["id"] = message.Id,
            ["type"] = "retry",
            ["to"] = message.Stanza["from"],
            ["participant"] = message.Stanza["participant"],
            ["recipient"] = message.Stanza["recipient"],
            Children = children,
        };
    }
}
