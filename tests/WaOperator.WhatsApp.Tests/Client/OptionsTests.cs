namespace WaOperator.WhatsApp.Tests.Client;

public sealed class OptionsTests
{
    public static TheoryData<string, WhatsAppOptions> Wrong =>
        new()
        {
            {
                "Url",
                new() { Url = new("http://localhost") }
            },
            {
                "Url",
                new() { Url = new("/ws/chat", UriKind.Relative) }
            },
            {
                "RootKey",
                new() { RootKey = [1] }
            },
            {
                "ClientVersion",
                new() { ClientVersion = new(2, 3000) }
            },
            {
                "ConnectTimeout",
                new() { ConnectTimeout = TimeSpan.Zero }
            },
            {
                "QueryTimeout",
                new() { QueryTimeout = TimeSpan.FromHours(1) }
            },
            {
                "SilenceLimit",
                new() { SilenceLimit = TimeSpan.FromSeconds(30) }
            },
            {
                "MaxHeldFrames",
                new() { MaxHeldFrames = 0 }
            },
            {
                "MaxHeldBytes",
                new() { MaxHeldBytes = 1 }
            },
        };

    public static TheoryData<string, DeviceOptions> WrongDevice =>
        new()
        {
            {
                "Name",
                new() { Name = "" }
            },
            {
                "ExpectedPhone",
                new() { ExpectedPhone = "+49 151" }
            },
            {
                "Country",
                new() { Country = "de" }
            },
            {
                "FirstPreKeys",
                new() { FirstPreKeys = 0 }
            },
            {
                "PreKeyTarget",
                new() { PreKeyTarget = 100_000 }
            },
            {
                "PreKeyMinimum",
                new() { PreKeyMinimum = -1 }
            },
        };

    [Fact]
    public void The_defaults_are_valid()
    {
        new WhatsAppOptions().Validate();
        DeviceOptions.Default.Validate();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_option_out_of_its_range_is_named(string name, WhatsAppOptions options) =>
        Should.Throw<ArgumentException>(options.Validate).Message.ShouldContain(name);

    [Theory]
    [MemberData(nameof(WrongDevice))]
    public void A_device_option_out_of_its_range_is_named(string name, DeviceOptions options)
    {
        var error = Should.Throw<ArgumentException>(options.Validate);
        error.Message.ShouldContain(name);
        error.Message.ShouldNotContain("secret");
    }
}
