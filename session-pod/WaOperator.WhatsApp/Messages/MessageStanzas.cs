using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Messages;

/// <summary>A ciphertext for one device.</summary>
/// <param name="Device">Its address as it stands in the stanza.</param>
/// <param name="Type">pkmsg or msg.</param>
/// <param name="Bytes">The ciphertext.</param>
internal readonly record struct Sealed(Jid Device, string Type, byte[] Bytes)
{
    public static Sealed Of(Jid device, Encrypted encrypted) =>
        new(device, encrypted.IsPreKeyMessage ? "pkmsg" : "msg", encrypted.Message);
}

/// <summary>The stanzas that carry messages, acknowledge them and tell what became of them. Pure.</summary>
internal static class MessageStanzas
{
    /// <summary>A message for many devices.</summary>
    /// <param name="message">What is sent.</param>
    /// <param name="to">The chat as it stands in the stanza.</param>
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

    /// <summary>Tells the sender, or our own devices, that we got a message.</summary>
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

    /// <summary>Messages have been read, or played.</summary>
    public static BinaryNode Read(
        Jid chat,
        Jid? sender,
        IReadOnlyList<string> ids,
        (bool Played, bool OnlyOwn) how,
        long now
    )
    {
        var receipt =
            ids.Count == 1
                ? new BinaryNode("receipt")
                : new BinaryNode("receipt")
                {
                    Children =
                    [
                        new BinaryNode("list")
                        {
                            Children =
                            [
                                .. ids.Skip(1).Select(id => new BinaryNode("item") { ["id"] = id }),
                            ],
                        },
                    ],
                };
        receipt["id"] = ids[0];
        receipt["to"] = chat.Account.ToString();
        if (chat.IsGroup || chat.Server == Jid.BroadcastServer)
            receipt["participant"] = sender?.Account.ToString();
        receipt["type"] = (how.Played, how.OnlyOwn) switch
        {
            (true, true) => "played-self",
            (true, false) => "played",
            (false, true) => "read-self",
            _ => "read",
        };
        receipt["t"] = now.ToString(CultureInfo.InvariantCulture);
        return receipt;
    }

    /// <summary>Somebody types or records, or stopped it.</summary>
    public static BinaryNode Typing(Jid chat, ChatState state) =>
        new("chatstate")
        {
            ["to"] = chat.Account.ToString(),
            Children =
            [
                state == ChatState.Paused
                    ? new BinaryNode("paused")
                    : new BinaryNode("composing")
                    {
                        ["media"] = state == ChatState.Recording ? "audio" : null,
                    },
            ],
        };

    /// <summary>Reads the block list.</summary>
    public static IReadOnlyList<Jid> ReadBlocked(BinaryNode answer) =>
        [
            .. (answer.Child("list")?.ChildrenWith("item") ?? [])
                .Select(item => Jid.TryParse(item["jid"], out var jid) ? jid : default)
                .Where(jid => jid.User is { Length: > 0 }),
        ];

    /// <summary>Reads that somebody came or went, or types; null where the stanza does not say who.</summary>
    public static ClientEvent? ReadPresence(BinaryNode stanza)
    {
        if (!Jid.TryParse(stanza["from"], out var from) || from.User.Length == 0)
            return null;
        if (stanza.Tag == "presence")
            return new PresenceChanged(from, stanza["type"] != "unavailable");
        var sender = Jid.TryParse(stanza["participant"], out var participant) ? participant : from;
        return new ChatStateChanged(
            from.Account,
            sender,
            stanza.FirstChild switch
            {
                { Tag: "composing" } child => child["media"] == "audio"
                    ? ChatState.Recording
                    : ChatState.Composing,
                _ => ChatState.Paused,
            }
        );
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
