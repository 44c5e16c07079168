using System.Reflection;
using WaOperator.Testing;

namespace WaOperator.WhatsApp.Tests;

public sealed class EventIdsTests
{
    private static readonly Assembly Library = typeof(WhatsAppClient).Assembly;
    private static readonly IReadOnlyList<LoggedMessage> Messages = LoggedMessages.Of(Library);

    [Fact]
    public void Every_log_message_has_an_id_of_its_own_that_is_named_after_it()
    {
        var ids = LoggedMessages.Ids(Library);

        Messages.Count.ShouldBeGreaterThan(20);
        Messages.ToDictionary(m => m.Name, m => m.Id).ShouldBe(ids, ignoreOrder: true);
        ids.Values.ShouldBeUnique();
    }

    [Fact]
    public void The_ids_of_a_folder_are_in_its_range()
    {
        var ranges = LoggedMessages.Ranges(Library);

        ranges.Values.ShouldAllBe(first => first % 100 == 0);
        foreach (var message in Messages)
            message.Id.ShouldBeInRange(
                ranges[message.Folder] + 1,
                ranges[message.Folder] + 99,
                message.Name
            );
    }
}
