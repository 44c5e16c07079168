using System.Reflection;
using Microsoft.Extensions.Logging;

namespace WaOperator.WhatsApp.Tests;

public sealed class EventIdsTests
{
    private const BindingFlags All =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly (string Folder, string Name, int Id)[] Messages =
    [
        .. from type in typeof(WhatsAppClient).Assembly.GetTypes()
        from method in type.GetMethods(All)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()
        where message is not null
        select (
            type.Namespace!.Split('.').ElementAtOrDefault(2) ?? "Root",
            type.DeclaringType!.Name + method.Name,
            message.EventId
        ),
    ];

    [Fact]
    public void Every_log_message_has_an_id_of_its_own_that_is_named_after_it()
    {
        var ids = typeof(EventIds)
            .GetFields(All)
            .Where(f => f.IsPublic)
            .ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);

        Messages.Length.ShouldBeGreaterThan(20);
        Messages.ToDictionary(m => m.Name, m => m.Id).ShouldBe(ids, ignoreOrder: true);
        ids.Values.ShouldBeUnique();
    }

    [Fact]
    public void The_ids_of_a_folder_are_in_its_range()
    {
        var ranges = typeof(EventIds)
            .GetFields(All)
            .Where(f => f.IsPrivate)
            .ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);

        ranges.Values.ShouldAllBe(first => first % 100 == 0);
        foreach (var (folder, name, id) in Messages)
            id.ShouldBeInRange(ranges[folder] + 1, ranges[folder] + 99, name);
    }
}
