using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Calls;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.Fuzz.Targets;

/// <summary>What is read from stanzas that others have a hand in. What is no stanza is refused; of every stanza something is read, or nothing.</summary>
internal sealed class StanzaTarget : Target
{
    private static readonly Jid Me = new("491522222222", Jid.PhoneServer);

    private static readonly BinaryNode[] Samples =
    [
        Call(
            "offer",
            new BinaryNode("audio") { ["enc"] = "opus", ["rate"] = "16000" },
            new BinaryNode("video") { ["enc"] = "vp8" }
        ),
        Call("offer_notice"),
        Call("terminate"),
        Call("reject"),
        Call("relaylatency"),
        Notice(
            "picture",
            new("set")
            {
                ["jid"] = "120363000000000001@g.us",
                ["id"] = "1700000000",
                ["author"] = "100000000000001:3@lid",
            }
        ),
        Notice("picture", new("delete") { ["jid"] = "491511111111@s.whatsapp.net" }),
        Notice(
            "account_sync",
            new("blocklist")
            {
                ["action"] = "modify",
                ["dhash"] = "1",
                Children =
                [
                    new("item")
                    {
                        ["action"] = "block",
                        ["jid"] = "100000000000001@lid",
                        ["pn_jid"] = "491511111111@s.whatsapp.net",
                    },
                    new("item") { ["action"] = "unblock", ["jid"] = "100000000000002@lid" },
                ],
            }
        ),
        Notice("account_sync", new("picture")),
        PictureAnswer(),
        new("iq")
        {
            ["id"] = "1",
            ["type"] = "result",
            Children =
            [
                new("privacy")
                {
                    Children =
                    [
                        new("category") { ["name"] = "last", ["value"] = "contacts" },
                        new("category") { ["name"] = "online", ["value"] = "all" },
                    ],
                },
                new("usync")
                {
                    Children =
                    [
                        new("list")
                        {
                            Children =
                            [
                                new("user")
                                {
                                    ["jid"] = "491511111111@s.whatsapp.net",
                                    Children =
                                    [
                                        new("status") { ["t"] = "1700000000", Text = "hello" },
                                        new("disappearing_mode") { ["duration"] = "86400" },
                                    ],
                                },
                            ],
                        },
                    ],
                },
            ],
        },
    ];

    private readonly byte[][] _frames = [.. Samples.Select(BinaryEncoder.Encode)];

    public override string Name => "stanza";

    public override Input Make(Random random)
    {
        var kind = random.Next(_frames.Length);
        var bytes = ByteMutation.Change(
            random,
            _frames[kind],
            _frames[random.Next(_frames.Length)]
        );
        // Compressed frames are another target's.
        if (bytes.Length > 0)
            bytes[0] = 0;
        return new(bytes, kind);
    }

    public override void Parse(Input input)
    {
        var stanza = BinaryDecoder.Decode(input.Bytes);
        if (CallStanzas.Read(stanza) is { } call)
            Same(call);
        if (AccountNotices.ReadPicture(stanza) is { } picture)
            Same(picture);
        if (AccountNotices.ReadAccount(stanza, Me) is { } changed)
            Same(changed);
        PictureStanzas.Read(stanza);
        SettingStanzas.ReadAbout(stanza);
        SettingStanzas.ReadPrivacy(stanza);
        SettingStanzas.ReadDefaultTimer(stanza);
    }

    public override bool IsRefusal(Exception exception) => exception is BinaryFormatException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 256L * input.Bytes.Length;

    /// <summary>What was read can be stored, and is read again as the same.</summary>
    private static void Same(SessionEvent e)
    {
        var (type, bytes) = EventCodec.Encode(e);
        if (!e.Equals(EventCodec.DecodeKnown(type, bytes)))
            throw new InvalidOperationException("stored and read again it is another event");
    }

    private static BinaryNode Notice(string type, BinaryNode child) =>
        new("notification")
        {
            ["id"] = "1",
            ["type"] = type,
            ["from"] = "491511111111@s.whatsapp.net",
            ["t"] = "1700000000",
            Children = [child],
        };

    private static BinaryNode PictureAnswer() =>
        new("iq")
        {
            ["id"] = "1",
            ["type"] = "result",
            Children =
            [
                new("picture")
                {
                    ["id"] = "1700000000",
                    ["type"] = "preview",
                    ["url"] = "https://pps.whatsapp.net/v/t61.24694-24/1_n.jpg?oh=01",
                    ["direct_path"] = "/v/t61.24694-24/1_n.jpg?oh=01",
                },
            ],
        };

    private static BinaryNode Call(string tag, params BinaryNode[] children)
    {
        var what = children.Length == 0 ? new BinaryNode(tag) : new(tag) { Children = children };
        what["call-id"] = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";
        what["call-creator"] = "100000000000001@lid";
        what["caller_pn"] = "491511111111@s.whatsapp.net";
        what["group-jid"] = "120363000000000001@g.us";
        what["media"] = "video";
        what["reason"] = "timeout";
        return new("call")
        {
            ["id"] = "3EB0C767D26A8D1A3F",
            ["from"] = "100000000000001:3@lid",
            ["t"] = "1700000000",
            ["offline"] = "0",
            Children = [what],
        };
    }
}
