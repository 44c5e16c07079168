using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.WhatsApp.Tests.Profile;

/// <summary>What notifications say of pictures and of the block list.</summary>
public sealed class AccountNoticeTests
{
    private static readonly Jid Me = new("491522222222", Jid.PhoneServer);
    private static readonly Jid Phone = new("491511111111", Jid.PhoneServer);
    private static readonly Jid Lid = new("100000000000001", Jid.LidServer);
    private static readonly Jid Group = new("120363000000000001", Jid.GroupServer);

    [Fact]
    public void A_picture_says_whose_it_is_and_who_changed_it()
    {
        var change = new BinaryNode("set")
        {
            ["jid"] = Group.ToString(),
            ["id"] = "1700000000",
            ["author"] = (Lid with { Device = 3 }).ToString(),
        };
        AccountNotices
            .ReadPicture(Notification("picture", Group, change))
            .ShouldBe(
                new PictureChanged
                {
                    Of = Group,
                    PictureId = "1700000000",
                    By = Lid,
                    Timestamp = 1_800_000_000,
                }
            );
    }

    [Fact]
    public void A_removal_has_no_id_and_its_owner_may_stand_in_the_head_only()
    {
        AccountNotices
            .ReadPicture(Notification("picture", Phone, new("delete") { ["id"] = "7" }))
            .ShouldBe(
                new PictureChanged
                {
                    Of = Phone,
                    Removed = true,
                    Timestamp = 1_800_000_000,
                }
            );
    }

    [Fact]
    public void What_names_no_owner_or_no_change_is_no_event()
    {
        AccountNotices
            .ReadPicture(
                Notification("picture", new("", Jid.PhoneServer), new("set") { ["hash"] = "abc" })
            )
            .ShouldBeNull();
        AccountNotices.ReadPicture(Notification("picture", Phone, new("request"))).ShouldBeNull();
        AccountNotices.ReadPicture(new("notification")).ShouldBeNull();
        AccountNotices.ReadAccount(new("notification"), Me).ShouldBeNull();
        AccountNotices
            .ReadAccount(Notification("account_sync", Me, new("privacy")), Me)
            .ShouldBeNull();
    }

    [Fact]
    public void The_own_picture_is_told_without_its_id() =>
        AccountNotices
            .ReadAccount(Notification("account_sync", Me, new("picture")), Me)
            .ShouldBe(
                new PictureChanged
                {
                    Of = Me,
                    By = Me,
                    Timestamp = 1_800_000_000,
                }
            );

    [Fact]
    public void A_block_list_tells_what_changed_in_order()
    {
        var list = new BinaryNode("blocklist")
        {
            Children =
            [
                new("item")
                {
                    ["action"] = "block",
                    ["jid"] = Lid.ToString(),
                    ["pn_jid"] = Phone.ToString(),
                },
                new("item") { ["action"] = "unblock", ["jid"] = Phone.ToString() },
                new("item") { ["action"] = "other", ["jid"] = Phone.ToString() },
                new("item") { ["action"] = "block" },
            ],
        };
        AccountNotices
            .ReadAccount(Notification("account_sync", Me, list), Me)
            .ShouldBe(
                new BlocklistChanged
                {
                    Changes = [new(Lid, Phone, true), new(Phone, null, false)],
                    Timestamp = 1_800_000_000,
                }
            );
        // A list that is another one as a whole.
        AccountNotices
            .ReadAccount(Notification("account_sync", Me, new("blocklist")), Me)
            .ShouldBeOfType<BlocklistChanged>()
            .Changes.ShouldBeEmpty();
    }

    private static BinaryNode Notification(string type, Jid from, BinaryNode child) =>
        new("notification")
        {
            ["id"] = "1",
            ["type"] = type,
            ["from"] = from.ToString(),
            ["t"] = "1800000000",
            Children = [child],
        };
}
