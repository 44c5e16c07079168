using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class WhatsAppClientOptionsTests
{
    [Fact]
    public void Needs_one_place_to_keep_the_device_in()
    {
        Refused(new()).ShouldContain("StateDirectory");
        Refused(new() { StateDirectory = "x", Store = new MemoryMessageStore() })
            .ShouldContain("beside a Store");
        new WhatsAppClientOptions { StateDirectory = "x" }.Validate();
    }

    [Fact]
    public void Names_the_option_that_is_out_of_range()
    {
        var store = new MemoryMessageStore();
        Refused(new() { Store = store, HandlerAttempts = 0 }).ShouldContain("HandlerAttempts is 0");
        Refused(new() { Store = store, LongestReconnectWait = TimeSpan.Zero })
            .ShouldContain("LongestReconnectWait");
        Refused(new() { Store = store, LongestHandlerWait = TimeSpan.FromDays(1) })
            .ShouldContain("LongestHandlerWait");
        Refused(
                new()
                {
                    Store = store,
                    Device = new() { Name = "" },
                }
            )
            .ShouldContain("Name");
    }

    private static string Refused(WhatsAppClientOptions options) =>
        Should.Throw<ArgumentException>(options.Validate).Message;
}
