using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Sending;

/// <summary>A ciphertext for one device.</summary>
/// <param name="Device">Its address as in the stanza.</param>
/// <param name="Type">pkmsg or msg.</param>
/// <param name="Bytes">The ciphertext.</param>
internal readonly record struct Sealed(Jid Device, string Type, byte[] Bytes)
{
    public static Sealed Of(Jid device, Encrypted encrypted) =>
        new(device, encrypted.IsPreKeyMessage ? "pkmsg" : "msg", encrypted.Message);
}

/// <summary>The stanzas that carry messages. Pure.</summary>
internal static class MessageStanzas
{
    /// <summary>A message for many devices.</summary>
    /// <param name="message">What is sent.</param>
    /// <param name="to">The chat as in the stanza.</param>
    /// <param name="pairwise">The ciphertexts for single devices.</param>
    /// <param name="group">The ciphertext for all of a group; null where there is none.</param>
    /// <param name="us">Vouches for us where a session begins.</param>
    public static BinaryNode Message(
        OutgoingMessage message,
        Jid to,
        IReadOnlyCollection<Sealed> pairwise,
        byte[]? group,
        DeviceAccount us
    )
    {
        var children = new List<BinaryNode>(4);
        if (pairwise.Count > 0)
            children.Add(
                new BinaryNode("participants")
                {
                    Children =
                    [
                        .. pairwise.Select(one => new BinaryNode("to")
                        {
                            ["jid"] = one.Device.ToString(),
                            Children = [Enc(message, one.Type, one.Bytes)],
                        }),
                    ],
                }
            );
        if (pairwise.Any(one => one.Type == "pkmsg"))
            children.Add(DeviceIdentity(us));
        if (group is not null)
            children.Add(Enc(message, "skmsg", group));
        if (message.Traits.PollType is { } poll)
            children.Add(new BinaryNode("meta") { ["polltype"] = poll });
        if (message.Traits.Type == "event")
            children.Add(new BinaryNode("meta") { ["event_type"] = "creation" });
        return new("message")
        {
            ["id"] = message.Id,
            ["to"] = to.ToString(),
            ["type"] = message.Traits.Type,
            ["edit"] = message.Traits.Edit,
            Children = children,
        };
    }

    /// <summary>A message again, for the one device that could not read it.</summary>
    public static BinaryNode Resend(
        string id,
        Jid to,
        Jid? participant,
        Sealed one,
        int? count,
        DeviceAccount us,
        StanzaTraits traits
    ) =>
        new("message")
        {
            ["id"] = id,
            ["to"] = to.ToString(),
            ["type"] = traits.Type,
            ["edit"] = traits.Edit,
            ["participant"] = participant?.ToString(),
            ["device_fanout"] = participant is null ? "false" : null,
            Children =
            [
                new BinaryNode("enc")
                {
                    ["v"] = "2",
                    ["type"] = one.Type,
                    ["count"] = count?.ToString(CultureInfo.InvariantCulture),
                    ["mediatype"] = traits.MediaType,
                    ["decrypt-fail"] = traits.HideDecryptFailure ? "hide" : null,
                    Bytes = one.Bytes,
                },
                .. one.Type == "pkmsg" ? [DeviceIdentity(us)] : Array.Empty<BinaryNode>(),
            ],
        };

    private static BinaryNode Enc(OutgoingMessage message, string type, byte[] bytes) =>
        new("enc")
        {
            ["v"] = "2",
            ["type"] = type,
            ["mediatype"] = message.Traits.MediaType,
            ["decrypt-fail"] = message.Traits.HideDecryptFailure ? "hide" : null,
            Bytes = bytes,
        };

    private static BinaryNode DeviceIdentity(DeviceAccount us) =>
        new("device-identity") { Bytes = Pairing.Adv.Encode(us, withKey: true) };
}
