using System.Reflection;
using WaOperator.Gateway.Hosting;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests;

public sealed class EventIdsTests
{
    private static readonly Assembly Program = typeof(GatewayHost).Assembly;

    [Fact]
    public void Every_log_message_has_an_id_of_its_own_that_is_named_after_it()
    {
        var messages = LoggedMessages.Of(Program);
        var ids = LoggedMessages.Ids(Program);

        messages.ShouldNotBeEmpty();
        messages.ToDictionary(m => m.Name, m => m.Id).ShouldBe(ids, ignoreOrder: true);
        ids.Values.ShouldBeUnique();
        var ranges = LoggedMessages.Ranges(Program);
        foreach (var message in messages)
            message.Id.ShouldBeInRange(
                ranges[message.Folder] + 1,
                ranges[message.Folder] + 99,
                message.Name
            );
    }
}
