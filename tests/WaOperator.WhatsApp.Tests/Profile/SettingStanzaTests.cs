using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.WhatsApp.Tests.Profile;

/// <summary>How settings are asked for and set, and what is read of the answers.</summary>
public sealed class SettingStanzaTests
{
    [Fact]
    public void Settings_are_set_by_stanzas_of_their_own()
    {
        var about = SettingStanzas.About("hello");
        (about["type"], about["xmlns"], about.FirstChild!.Tag, about.FirstChild.Text).ShouldBe(
            ("set", "status", "status", "hello")
        );
        var privacy = SettingStanzas.Privacy("last", "none");
        var category = privacy.Child("privacy")!.Child("category")!;
        (privacy["type"], privacy["xmlns"], category["name"], category["value"]).ShouldBe(
            ("set", "privacy", "last", "none")
        );
        var timer = SettingStanzas.DefaultTimer(86_400);
        (timer["type"], timer["xmlns"], timer.FirstChild!["duration"]).ShouldBe(
            ("set", "disappearing_mode", "86400")
        );
    }

    [Fact]
    public void An_About_text_that_is_not_shown_is_none()
    {
        SettingStanzas
            .ReadAbout(Usync(new("status") { ["t"] = "7", Text = "hi" }))
            .ShouldBe(new AboutText("hi", 7));
        SettingStanzas.ReadAbout(Usync(new("status"))).ShouldBe(new AboutText("", 0));
        SettingStanzas.ReadAbout(Usync(new("status") { ["code"] = "401" })).ShouldBeNull();
        SettingStanzas.ReadAbout(Usync(new("lid"))).ShouldBeNull();
        SettingStanzas.ReadAbout(new("iq")).ShouldBeNull();
    }

    [Theory]
    [InlineData("86400", 86_400L)]
    [InlineData("0", 0L)]
    [InlineData("-1", null)]
    [InlineData("soon", null)]
    [InlineData(null, null)]
    public void A_timer_is_seconds(string? text, long? seconds) =>
        SettingStanzas
            .ReadDefaultTimer(Usync(new("disappearing_mode") { ["duration"] = text }))
            .ShouldBe(seconds);

    [Fact]
    public void Categories_without_a_name_or_value_are_left_out_and_unknown_ones_kept()
    {
        var answer = new BinaryNode("iq")
        {
            Children =
            [
                new("privacy")
                {
                    Children =
                    [
                        new("category") { ["name"] = "last", ["value"] = "contact_blacklist" },
                        new("category") { ["name"] = "mood", ["value"] = "all" },
                        new("category") { ["name"] = "online" },
                        new("category") { ["value"] = "all" },
                        new("category") { ["name"] = new string('x', 65), ["value"] = "all" },
                    ],
                },
            ],
        };
        SettingStanzas
            .ReadPrivacy(answer)
            .ShouldBe(
                new Dictionary<string, string> { ["last"] = "contact_blacklist", ["mood"] = "all" },
                ignoreOrder: true
            );
        SettingStanzas.ReadPrivacy(new("iq")).ShouldBeEmpty();
    }

    private static BinaryNode Usync(BinaryNode of) =>
        new("iq")
        {
            Children =
            [
                new("usync")
                {
                    Children = [new("list") { Children = [new("user") { Children = [of] }] }],
                },
            ],
        };
}
