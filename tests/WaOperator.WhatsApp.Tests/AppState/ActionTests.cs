using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Tests.AppState;

public sealed class ActionTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly Jid Bert = Jid.Parse("4915112345678@s.whatsapp.net");
    private static readonly Jid Group = Jid.Parse("120363000000000001@g.us");
    private static readonly MarkedMessage InGroup = new(Group, "3EB0AA", false, Bert);
    private static readonly MarkedMessage Own = new(Bert, "3EB0BB", true, null);

    private static readonly (
        AccountChange Change,
        string Collection,
        int Version,
        string Index
    )[] All =
    [
        (new AccountChange.Mute(Bert, At), "regular_high", 2, $"mute {Bert}"),
        (new AccountChange.Mute(Group, AccountChange.Forever), "regular_high", 2, $"mute {Group}"),
        (new AccountChange.Mute(Bert, null), "regular_high", 2, $"mute {Bert}"),
        (new AccountChange.Pin(Bert, true), "regular_low", 5, $"pin_v1 {Bert}"),
        (new AccountChange.Pin(Bert, false), "regular_low", 5, $"pin_v1 {Bert}"),
        (new AccountChange.Archive(Bert, false), "regular_low", 3, $"archive {Bert}"),
        (new AccountChange.MarkRead(Bert, false), "regular_low", 3, $"markChatAsRead {Bert}"),
        (new AccountChange.MarkRead(Bert, true), "regular_low", 3, $"markChatAsRead {Bert}"),
        (new AccountChange.Clear(Bert), "regular_high", 6, $"clearChat {Bert} 1 0"),
        (new AccountChange.Delete(Bert), "regular_high", 6, $"deleteChat {Bert} 1"),
        (new AccountChange.Star(InGroup, true), "regular_high", 2, $"star {Group} 3EB0AA 0 {Bert}"),
        (new AccountChange.Star(Own, false), "regular_high", 2, $"star {Bert} 3EB0BB 1 0"),
        (
            new AccountChange.DeleteForMe(InGroup, At, true),
            "regular_high",
            3,
            $"deleteMessageForMe {Group} 3EB0AA 0 {Bert}"
        ),
        (
            new AccountChange.DeleteForMe(Own, null, false),
            "regular_high",
            3,
            $"deleteMessageForMe {Bert} 3EB0BB 1 0"
        ),
        (
            new AccountChange.Contact(Bert, "Bert Beispiel", "Bert", Jid.Parse("77777@lid")),
            "critical_unblock_low",
            2,
            $"contact {Bert}"
        ),
        (new AccountChange.ContactRemoved(Bert), "critical_unblock_low", 2, $"contact {Bert}"),
        (new AccountChange.PushName("Anna"), "critical_block", 1, "setting_pushName"),
        (new AccountChange.Label("7", "New", 3, false), "regular", 3, "label_edit 7"),
        (new AccountChange.Label("7", null, 0, true), "regular", 3, "label_edit 7"),
        (new AccountChange.Labeled("7", Bert, null, true), "regular", 3, $"label_jid 7 {Bert}"),
        (
            new AccountChange.Labeled("7", Bert, "3EB0", false),
            "regular",
            3,
            $"label_message 7 {Bert} 3EB0 0 0"
        ),
        (
            new AccountChange.QuickReply("170", "hi", "Hello!", false),
            "regular",
            2,
            "quick_reply 170"
        ),
    ];

    [Fact]
    public void Every_action_stands_where_phones_look_for_it_and_is_read_as_it_was_written()
    {
        foreach (var (change, collection, version, index) in All)
        {
            var (where, changes) = ActionWriter.Write(change, At);
            var written = changes.ShouldHaveSingleItem();
            (where, written.ActionVersion, string.Join(' ', written.Index)).ShouldBe(
                (collection, version, index),
                $"{change}"
            );
            written.Value.Timestamp.ShouldBe(At.ToUnixTimeMilliseconds());
            ActionReader
                .Read(new(written.Operation, written.Index, written.Value))
                .ShouldBe(change);
        }
        All.Select(a => a.Change.GetType())
            .Distinct()
            .Count()
            .ShouldBe(typeof(AccountChange).GetNestedTypes().Length, "kinds of changes");
    }

    [Fact]
    public void A_chat_that_is_archived_is_pinned_no_longer()
    {
        var last = new LastMessage(InGroup, At);
        var (collection, changes) = ActionWriter.Write(
            new AccountChange.Archive(Group, true),
            At,
            last
        );
        collection.ShouldBe("regular_low");
        changes
            .Select(c => ActionReader.Read(new(c.Operation, c.Index, c.Value)))
            .ShouldBe([
                new AccountChange.Archive(Group, true),
                new AccountChange.Pin(Group, false),
            ]);
        var range = changes[0].Value.ArchiveChatAction.MessageRange;
        range.LastMessageTimestamp.ShouldBe(At.ToUnixTimeSeconds());
        range.Messages.ShouldHaveSingleItem().Key.Participant.ShouldBe(Bert.ToString());
    }

    [Theory]
    [InlineData("mute")]
    [InlineData("mute", "no address@@")]
    [InlineData("mute", "1@s.whatsapp.net", "x")]
    [InlineData("star", "1@s.whatsapp.net", "A", "2", "0")]
    [InlineData("star", "1@s.whatsapp.net", "", "1", "0")]
    [InlineData("a_new_action", "1@s.whatsapp.net")]
    [InlineData]
    public void What_is_not_known_is_not_told(params string[] index) =>
        ActionReader.Read(new(AppStateOperation.Set, index, new SyncActionValue())).ShouldBeNull();

    [Fact]
    public void A_time_that_no_calendar_has_is_none()
    {
        var value = new SyncActionValue
        {
            MuteAction = new() { Muted = true, MuteEndTimestamp = long.MaxValue },
            DeleteMessageForMeAction = new() { MessageTimestamp = long.MaxValue },
        };
        ActionReader
            .Read(new(AppStateOperation.Set, ["mute", $"{Bert}"], value))
            .ShouldBe(new AccountChange.Mute(Bert, AccountChange.Forever));
        ActionReader
            .Read(
                new(AppStateOperation.Set, ["deleteMessageForMe", $"{Bert}", "A", "1", "0"], value)
            )
            .ShouldBe(new AccountChange.DeleteForMe(new(Bert, "A", true, null), null, false));
    }

    [Fact]
    public void What_is_removed_is_no_longer_set()
    {
        var value = new SyncActionValue { PinAction = new() { Pinned = true } };
        ActionReader
            .Read(new(AppStateOperation.Remove, ["pin_v1", $"{Bert}"], value))
            .ShouldBe(new AccountChange.Pin(Bert, false));
    }
}
