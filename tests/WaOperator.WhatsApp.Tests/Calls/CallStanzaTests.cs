using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Calls;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Tests.Calls;

/// <summary>What is read from stanzas of calls, and what is not.</summary>
public sealed class CallStanzaTests
{
    private static readonly Jid Lid = new("100000000000001", Jid.LidServer);
    private static readonly Jid Phone = new("491511111111", Jid.PhoneServer);
    private static readonly Jid Me = new("491522222222", Jid.PhoneServer, 4);

    [Fact]
    public void An_offer_says_who_calls_and_how()
    {
        var stanza = Stanza("offer", Lid with { Device = 2 });
        stanza["offline"] = "0";
        stanza.FirstChild!["caller_pn"] = Phone.ToString();
        CallStanzas
            .Read(stanza)
            .ShouldBe(
                new CallOffered
                {
                    Id = "C1",
                    From = Lid,
                    FromOther = Phone,
                    Timestamp = 1_800_000_000,
                    Offline = true,
                }
            );
    }

    [Fact]
    public void A_call_of_a_group_comes_from_its_creator()
    {
        var stanza = Stanza("offer_notice", Phone);
        stanza["from"] = "120363000000000001@g.us";
        stanza.FirstChild!["group-jid"] = "120363000000000001@g.us";
        stanza.FirstChild!["media"] = "video";
        var offered = CallStanzas.Read(stanza).ShouldBeOfType<CallOffered>();
        (offered.From, offered.Group?.ToString(), offered.Video).ShouldBe(
            (Phone, "120363000000000001@g.us", true)
        );
    }

    [Fact]
    public void A_video_call_has_a_child_that_says_so()
    {
        var stanza = new BinaryNode("call")
        {
            ["from"] = Phone.ToString(),
            ["id"] = "s1",
            Children =
            [
                new BinaryNode("offer")
                {
                    ["call-id"] = "C1",
                    Children = [new BinaryNode("audio"), new BinaryNode("video")],
                },
            ],
        };
        // Without a creator it is the sender, and without a time there is none.
        CallStanzas
            .Read(stanza)
            .ShouldBe(
                new CallOffered
                {
                    Id = "C1",
                    From = Phone,
                    Video = true,
                }
            );
    }

    [Theory]
    [InlineData("terminate", "timeout", "timeout")]
    [InlineData("terminate", null, null)]
    [InlineData("terminate", "", null)]
    [InlineData("reject", "busy", "rejected")]
    public void An_end_has_the_reason_of_the_server(string tag, string? said, string? reason)
    {
        var stanza = Stanza(tag, Phone);
        // The device that ended it is no other address of the caller.
        stanza["from"] = Lid.ToString();
        stanza.FirstChild!["reason"] = said;
        CallStanzas
            .Read(stanza)
            .ShouldBe(
                new CallEnded
                {
                    Id = "C1",
                    From = Phone,
                    Reason = reason,
                    Timestamp = 1_800_000_000,
                }
            );
    }

    [Theory]
    [InlineData("preaccept")]
    [InlineData("accept")]
    [InlineData("transport")]
    [InlineData("relaylatency")]
    [InlineData("of a later version")]
    public void What_else_is_said_in_a_call_is_no_event(string tag) =>
        CallStanzas.Read(Stanza(tag, Phone)).ShouldBeNull();

    [Fact]
    public void What_names_no_call_or_no_caller_is_none()
    {
        CallStanzas.Read(new("call")).ShouldBeNull();
        CallStanzas
            .Read(new("call") { ["from"] = Phone.ToString(), Children = [new BinaryNode("offer")] })
            .ShouldBeNull();
        foreach (var id in (string[])["", new string('C', 129)])
        {
            var stanza = Stanza("offer", Phone);
            stanza.FirstChild!["call-id"] = id;
            CallStanzas.Read(stanza).ShouldBeNull();
        }
        var nameless = Stanza("offer", Phone);
        nameless["from"] = "120363000000000001@g.us";
        nameless.FirstChild!["call-creator"] = "@s.whatsapp.net";
        CallStanzas.Read(nameless).ShouldBeNull();
    }

    [Fact]
    public void A_rejection_goes_to_the_caller_from_the_account()
    {
        var reject = CallStanzas.Reject("s9", Me, new CallOffered { Id = "C1", From = Lid });
        (reject["id"], reject["from"], reject["to"]).ShouldBe(
            ("s9", Me.Account.ToString(), Lid.ToString())
        );
        var child = reject.FirstChild!;
        (child.Tag, child["call-id"], child["call-creator"], child["count"]).ShouldBe(
            ("reject", "C1", Lid.ToString(), "0")
        );
    }

    [Fact]
    public void The_book_forgets_the_oldest_and_what_has_ended()
    {
        var book = new CallBook();
        for (var i = 0; i < 65; i++)
            book.Add(new() { Id = $"C{i}", From = Phone });
        book.Find("C0").ShouldBeNull();
        book.Find("C1").ShouldNotBeNull();
        book.Find("C64").ShouldNotBeNull();
        book.End(Lid, "C1").ShouldBeFalse();
        book.End(Phone, "C1").ShouldBeTrue();
        book.End(Phone, "C1").ShouldBeFalse();
        book.Find("C1").ShouldBeNull();
    }

    private static BinaryNode Stanza(string tag, Jid creator) =>
        new("call")
        {
            ["from"] = creator.ToString(),
            ["id"] = "s1",
            ["t"] = "1800000000",
            Children =
            [
                new BinaryNode(tag) { ["call-id"] = "C1", ["call-creator"] = creator.ToString() },
            ],
        };
}
