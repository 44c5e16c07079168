using WaOperator.SessionPod.Api.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Api.Messages;

public sealed class KindTests
{
    private const string Chat = "4917012345678";
    private static readonly Jid ChatJid = Jid.Parse(Chat + "@s.whatsapp.net");

    private static KnownMessage Theirs(MessageContent? content = null, Jid? chat = null) =>
        new("3AAAAAAA", [chat ?? ChatJid], FromMe: false, null, content?.ToBytes());

    private static KnownMessage Mine(MessageContent? content = null) =>
        Theirs(content) with
        {
            FromMe = true,
        };

    [Fact]
    public void Each_kind_becomes_its_content()
    {
        Samples.Content("""{"to":"4917012345678","text":"hi"}""").Text.ShouldBe("hi");
        var text = Samples.Content(
            """{"to":"4917012345678","text":{"body":"see https://ex.org @49152000000","preview":{"url":"https://ex.org","title":"Ex"}},"mentions":["+49152000000"],"disappearAfter":86400}"""
        );
        text.Preview!.Title.ShouldBe("Ex");
        text.Mentions.ShouldBe([Jid.Parse("49152000000@s.whatsapp.net")]);
        text.DisappearsAfter.ShouldBe(86400);
        var place = Samples.Content(
            """{"to":"4917012345678","location":{"latitude":52.5,"longitude":13.4,"name":"x","address":"y"}}"""
        );
        place.Location.ShouldBe(new ReceivedPlace(52.5, 13.4, "x", "y"));
        var contacts = Samples.Content(
            """{"to":"4917012345678","contacts":[{"name":"Ana","phones":["+49 152 000000","49152000001"]}]}"""
        );
        contacts.Contacts!.Single().Name.ShouldBe("Ana");
        contacts.Contacts![0].VCard.ShouldContain("waid=49152000000:+49152000000");
        contacts.Contacts![0].VCard.ShouldContain("waid=49152000001:+49152000001");
        var poll = Samples.Content(
            """{"to":"4917012345678","poll":{"name":"When?","options":["Mon","Tue"],"choices":2}}"""
        );
        (poll.Poll!.Question, poll.Poll.Selectable).ShouldBe(("When?", 2));
        poll.Poll.Options.ShouldBe(["Mon", "Tue"]);
        poll.Secret!.Length.ShouldBe(32);
        var plan = Samples.Content(
            """{"to":"4917012345678","event":{"name":"Demo","startsAt":"2026-12-01T09:00:00Z","location":{"latitude":1,"longitude":2}},"disappearAfter":60}"""
        );
        (plan.Kind, plan.Title, plan.DisappearsAfter).ShouldBe((ContentKind.Event, "Demo", 60));
        plan.Details!.Value.ToString().ShouldContain("1796115600");
    }

    [Fact]
    public void A_kind_about_another_message_names_it()
    {
        var reaction = Samples.Content(
            """{"to":"4917012345678","reaction":{"message":"3AAAAAAA","emoji":"❤"}}""",
            Theirs()
        );
        reaction.Reaction.ShouldBe("❤");
        reaction.Target.ShouldBe(new TargetMessage("3AAAAAAA", false, ChatJid, null));
        var edit = Samples.Content(
            """{"to":"4917012345678","edit":{"message":"3AAAAAAA","text":"new"}}""",
            Mine()
        );
        (edit.Kind, edit.Text, edit.Target!.FromMe).ShouldBe((ContentKind.Edit, "new", true));
        Samples
            .Content("""{"to":"4917012345678","delete":{"message":"3AAAAAAA"}}""", Mine())
            .Kind.ShouldBe(ContentKind.Delete);
        var forward = Samples.Content(
            """{"to":"4917012345678","forward":{"message":"3AAAAAAA"}}""",
            Theirs(MessageContent.Text("said"), Jid.Parse("1@g.us"))
        );
        (forward.Text, forward.Forwarded).ShouldBe(("said", 1));
        var reply = Samples.Content(
            """{"to":"4917012345678","text":"yes","replyTo":"3AAAAAAA"}""",
            Theirs(MessageContent.Text("said"))
        );
        (reply.Quoted!.Id, reply.Quoted.Author, reply.Quoted.Content!.Text).ShouldBe(
            ("3AAAAAAA", ChatJid, "said")
        );
        var poll = MessageContent.Poll("When?", ["Mon", "Tue"]);
        var vote = Samples.Content(
            """{"to":"4917012345678","vote":{"poll":"3AAAAAAA","options":["Tue"]}}""",
            Theirs(poll)
        );
        PollVotes
            .Decrypt(
                vote.Vote!,
                poll.Secret!,
                "3AAAAAAA",
                ChatJid,
                Samples.Own.Phone,
                ["Mon", "Tue"]
            )
            .ShouldBe(["Tue"]);
    }

    public static TheoryData<string, string, string> Misfits { get; } =
        new()
        {
            { "#/text", """ "text":" " """, "text" },
            {
                "#/text/preview/url",
                """ "text":{"body":"a","preview":{"url":"https://b","title":"c"}} """,
                "contain"
            },
            {
                "#/text/preview/url",
                """ "text":{"body":"file:///a","preview":{"url":"file:///a","title":"c"}} """,
                "http"
            },
            { "#/text/colour", """ "text":{"body":"a","colour":1} """, "colour" },
            { "#/poll", """ "text":"a","poll":{"name":"q","options":["a","b"]} """, "either" },
            { "#", "\"id\":\"3EB0000001\"", "either" },
            { "#/location/latitude", """ "location":{"latitude":91,"longitude":0} """, "latitude" },
            { "#/location/longitude", """ "location":{"latitude":1} """, "longitude" },
            { "#/contacts", """ "contacts":[] """, "1 to 32" },
            { "#/contacts/0/name", """ "contacts":[null] """, "name" },
            { "#/contacts/0/phones/0", """ "contacts":[{"name":"A","phones":["x"]}] """, "phone" },
            { "#/contacts/0/phones/0", """ "contacts":[{"name":"A","phones":[5]}] """, "JSON" },
            { "#/poll/options", """ "poll":{"name":"q","options":["a"]} """, "2 to 12" },
            { "#/poll/options/1", """ "poll":{"name":"q","options":["a","a"]} """, "differ" },
            {
                "#/poll/choices",
                """ "poll":{"name":"q","options":["a","b"],"choices":3} """,
                "0 to 2"
            },
            {
                "#/vote/options/0",
                """ "vote":{"poll":"3AAAAAAA","options":["Wed"]} """,
                "no such option"
            },
            {
                "#/vote/options",
                """ "vote":{"poll":"3AAAAAAA","options":["Mon","Tue"]} """,
                "1 of its"
            },
            {
                "#/reaction/emoji",
                """ "reaction":{"message":"3AAAAAAA","emoji":"ab"} """,
                "one emoji"
            },
            { "#/reaction/message", """ "reaction":{"emoji":"a"} """, "missing" },
            {
                "#/edit/message",
                """ "edit":{"message":"3AAAAAAA","text":"a"} """,
                "another account"
            },
            { "#/delete/message", """ "delete":{"message":"3AAAAAAA"} """, "another account" },
            { "#/delete/message", """ "delete":{"message":{"id":"a b"}} """, "id" },
            { "#/forward/message", """ "forward":{"message":"3AAAAAAA"} """, "forwarded" },
            { "#/event/startsAt", """ "event":{"name":"a"} """, "startsAt" },
            {
                "#/event/endsAt",
                """ "event":{"name":"a","startsAt":"2026-12-01T09:00:00Z","endsAt":"2026-12-01T08:00:00Z"} """,
                "before"
            },
            { "#/event/startsAt", """ "event":{"name":"a","startsAt":"tomorrow"} """, "JSON" },
            { "#/viewOnce", """ "text":"a","viewOnce":true """, "one view" },
            { "#/disappearAfter", """ "text":"a","disappearAfter":0 """, "from 1" },
            { "#/priority", """ "text":"a","priority":"high" """, "priority" },
            { "#/mentions/0", """ "text":"a","mentions":["1@g.us"] """, "groups" },
            { "#/replyTo", """ "raw":"CgJoaQ==","replyTo":"3AAAAAAA" """, "as it is" },
            {
                "#/mentions",
                """ "reaction":{"message":"3AAAAAAA","emoji":"a"},"mentions":["491701234567"] """,
                "does not fit"
            },
            { "#/raw", """ "raw":"!" """, "base64" },
            { "#/image/media", """ "image":{} """, "media" },
            { "#/image/gif", """ "image":{"media":"med_1","gif":true} """, "gif" },
            { "#/voice/waveform", """ "voice":{"media":"med_1","waveform":"AAEC"} """, "64 bytes" },
            {
                "#/image/url",
                """ "image":{"media":"med_x","url":"https://ex.org/a.jpg"} """,
                "not both"
            },
            { "#/priority", """ "text":"a","priority":"bulk" """, "not supported" },
        };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void What_is_wrong_is_pointed_to(string place, string body, string about)
    {
        var fault = Samples.Fault(
            $$"""{"to":"{{Chat}}",{{body}}}""",
            Theirs(MessageContent.Poll("When?", ["Mon", "Tue"]))
        );
        fault.Pointer.ShouldBe(place, fault.Detail);
        fault.Detail.ShouldContain(about);
    }

    [Fact]
    public void A_message_of_another_chat_is_not_written_about()
    {
        foreach (
            var body in (string[])
                [
                    """ "reaction":{"message":"3AAAAAAA","emoji":"a"} """,
                    """ "text":"a","replyTo":"3AAAAAAA" """,
                ]
        )
            Samples
                .Fault($$"""{"to":"{{Chat}}",{{body}}}""", Theirs(chat: Jid.Parse("1@g.us")))
                .Detail.ShouldContain("another chat");
        // A Brazilian number with and without its 9 is one account.
        Samples
            .Content(
                """{"to":"5511987654399","reaction":{"message":"3AAAAAAA","emoji":"a"}}""",
                Theirs(chat: Jid.Parse("551187654399@s.whatsapp.net"))
            )
            .Reaction.ShouldBe("a");
    }
}
