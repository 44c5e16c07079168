using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class DeviceFaultTests
{
    [Theory]
    [InlineData("4915112345678:1@s.whatsapp.net", null, null, "")]
    [InlineData("4915112345678:10@s.whatsapp.net", "77:10@lid", null, "")]
    [InlineData("4915112345678:10@s.whatsapp.net", "77@lid", null, "")]
    [InlineData(
        "4915112345678:11@s.whatsapp.net",
        "77:11@lid",
        "DeviceIdHigh",
        "device 11, above 10"
    )]
    [InlineData("4915112345678@s.whatsapp.net", null, "DeviceIdMissing", "")]
    [InlineData("4915112345678@s.whatsapp.net", "77:3@lid", "DeviceIdMissing", "")]
    [InlineData(
        "4915112345678:4@s.whatsapp.net",
        "77:3@lid",
        "DeviceIdMalformed",
        "its addresses name two devices, 4 and 3"
    )]
    [InlineData("77:3@lid", null, "DeviceIdMalformed", "its address is not that of a phone number")]
    [InlineData(
        "12-3@g.us",
        null,
        "DeviceIdMalformed",
        "its address is not that of a phone number"
    )]
    [InlineData(
        "@s.whatsapp.net",
        null,
        "DeviceIdMalformed",
        "its address is not that of a phone number"
    )]
    [InlineData(
        "49_2:3@s.whatsapp.net",
        null,
        "DeviceIdMalformed",
        "its address is not that of a phone number"
    )]
    [InlineData(
        "4915x:3@s.whatsapp.net",
        null,
        "DeviceIdMalformed",
        "its address is not that of a phone number"
    )]
    public void An_address_is_judged_by_what_it_names(
        string me,
        string? lid,
        string? reason,
        string detail
    )
    {
        var fault = DeviceFault.Of(Jid.Parse(me), lid is null ? null : Jid.Parse(lid), 10);

        (fault?.Reason.Code, fault?.Detail ?? "").ShouldBe((reason, detail));
    }

    [Fact]
    public void Zero_lets_every_number_pass_and_nothing_else()
    {
        DeviceFault.Of(Jid.Parse("49:99@s.whatsapp.net"), null, 0).ShouldBeNull();
        DeviceFault.Of(Jid.Parse("49@s.whatsapp.net"), null, 0).ShouldNotBeNull();
    }
}
