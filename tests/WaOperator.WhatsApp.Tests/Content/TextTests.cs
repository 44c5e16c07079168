using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Signal;
using static WaOperator.WhatsApp.Tests.Content.Samples;

namespace WaOperator.WhatsApp.Tests.Content;

public sealed class TextTests
{
    [Fact]
    public void A_plain_text_is_a_conversation()
    {
        var content = MessageContent.Text("Hello");
        content.ToMessage().Conversation.ShouldBe("Hello");
        content.Traits.ShouldBe(new("text", null, null, false, null));
        Read(content).Text.ShouldBe("Hello");
        Read(content).Kind.ShouldBe(ContentKind.Text);
    }

    [Fact]
    public void A_link_carries_the_preview_that_the_caller_made()
    {
        var preview = new LinkPreview("https://example.org", "Example", "A page", [1, 2, 3]);
        var content = MessageContent.Text("See https://example.org now", preview);
        var read = Read(content);
        read.Text.ShouldBe("See https://example.org now");
        read.Preview!.ShouldSatisfyAllConditions(
            p => p.Link.ShouldBe(preview.Link),
            p => p.Title.ShouldBe("Example"),
            p => p.Description.ShouldBe("A page"),
            p => p.Thumbnail.ShouldBe([1, 2, 3])
        );
        content.Traits.MediaType.ShouldBe("url");
        Should.Throw<ArgumentException>(() => MessageContent.Text("no link", preview));
    }

    [Fact]
    public void A_reply_shows_what_it_quotes_but_not_what_that_quotes_itself()
    {
        var first = MessageContent.Text("first");
        var second = MessageContent.Text("second").Reply(new(Anna, "1", false), first.ToBytes());
        var third = MessageContent
            .Text("third")
            .Reply(new(Group, "2", false, Anna with { Device = 3 }), second.ToBytes());
        var quoted = Read(third).Quoted!;
        quoted.Id.ShouldBe("2");
        quoted.Author.ShouldBe(Anna, "an author has no device part");
        quoted.Content!.Text.ShouldBe("second");
        quoted.Content.Quoted.ShouldBeNull();
    }

    [Fact]
    public void A_reply_in_a_group_must_name_the_author()
    {
        Should.Throw<ArgumentException>(() =>
            MessageContent.Text("?").Reply(new(Group, "1", false))
        );
        Read(MessageContent.Text("!").Reply(new(Group, "1", true), me: Anna))
            .Quoted!.Author.ShouldBe(Anna);
    }

    [Fact]
    public void Refinements_add_up_and_leave_the_original_as_it_was()
    {
        var plain = MessageContent.Text("@491522222222 look");
        var refined = plain
            .Mention(Bert with { Device = 2 })
            .Reply(new(Anna, "1", false))
            .Forwarded(7)
            .DisappearAfter(TimeSpan.FromDays(1));
        var read = Read(refined);
        read.Mentions.ShouldBe([Bert]);
        read.Quoted!.Id.ShouldBe("1");
        read.Forwarded.ShouldBe(7);
        read.DisappearsAfter.ShouldBe(86_400);
        Read(plain).Mentions.ShouldBeNull();
        plain.ToMessage().HasConversation.ShouldBeTrue();
    }

    [Fact]
    public void A_reaction_is_withdrawn_by_an_empty_one()
    {
        var target = new MessageReference(Group, "3EB0AA", false, Bert);
        var set = MessageContent.Reaction(target, "❤️", Noon);
        set.Traits.ShouldBe(new("reaction", null, null, true, null));
        var read = Read(set);
        read.Reaction.ShouldBe("❤️");
        read.Target.ShouldBe(new("3EB0AA", false, Group, Bert));
        MessageContent
            .Reaction(target, "", Noon)
            .Traits.ShouldBe(new("reaction", null, "7", true, null));
    }

    [Fact]
    public void An_edit_names_its_message_and_holds_the_new_text()
    {
        var edit = MessageContent.Edit(Own, MessageContent.Text("better"), Noon);
        edit.Traits.ShouldBe(new("text", null, "1", true, null));
        var read = Read(edit);
        read.Kind.ShouldBe(ContentKind.Edit);
        read.Target.ShouldBe(new("3EB0AA", true, Bert, null));
        read.Text.ShouldBe("better");
        Should.Throw<ArgumentException>(() =>
            MessageContent.Edit(Own with { FromMe = false }, MessageContent.Text("x"), Noon)
        );
    }

    [Theory]
    [InlineData(true, "7")]
    [InlineData(false, "8")]
    public void A_deletion_says_whether_an_admin_does_it(bool own, string edit)
    {
        var delete = MessageContent.Delete(new(Group, "3EB0AA", own, own ? null : Bert));
        delete.Traits.Edit.ShouldBe(edit);
        Read(delete)
            .ShouldSatisfyAllConditions(
                r => r.Kind.ShouldBe(ContentKind.Delete),
                r => r.Target!.Author.ShouldBe(own ? null : Bert)
            );
    }

    [Fact]
    public void Only_what_stands_in_the_chat_disappears()
    {
        var reaction = MessageContent.Reaction(Own, "x", Noon);
        reaction.DisappearAfter(TimeSpan.FromDays(1)).ShouldBeSameAs(reaction);
        Should.Throw<InvalidOperationException>(() => reaction.Mention(Anna));
        Read(MessageContent.DisappearingTimer(TimeSpan.FromDays(7), Noon))
            .DisappearsAfter.ShouldBe(604_800);
    }

    [Fact]
    public void Own_devices_learn_the_chat()
    {
        var content = MessageContent.Poll("?", ["a", "b"]);
        var read = ContentParser.Read(
            MessageParts.ForOwnDevices(Group.ToString(), content.ToBytes()),
            fromMe: true
        );
        read.SentTo.ShouldBe(Group);
        read.Kind.ShouldBe(ContentKind.Poll);
        read.Secret.ShouldBe(content.Secret);
        MessageContent.FromBytes(content.ToBytes()).Traits.ShouldBe(content.Traits);
    }
}
