using System.Reflection;
using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Cache;
using WaOperator.Operator.Leading;
using WaOperator.Signals;

namespace WaOperator.Operator.Tests;

/// <summary>Alerts and filters go by the ids of what is logged.</summary>
public sealed class EventIdTests
{
    private const BindingFlags Everything =
        BindingFlags.Static
        | BindingFlags.Instance
        | BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    /// <summary>The libraries of the operator that log, each with its ids.</summary>
    private static readonly Assembly[] Assemblies =
    [
        typeof(IInformer).Assembly,
        typeof(Leadership).Assembly,
        typeof(IHints).Assembly,
    ];

    [Fact]
    public void Every_message_has_the_id_of_its_name()
    {
        foreach (var assembly in Assemblies)
            Messages(assembly)
                .ToDictionary(m => m.Name, m => m.Id)
                .ShouldBe(Ids(assembly), ignoreOrder: true);
    }

    [Fact]
    public void No_id_is_used_twice() =>
        Assemblies.SelectMany(Messages).Select(m => m.Id).ShouldBeUnique();

    [Fact]
    public void Each_folder_has_a_hundred_of_its_own()
    {
        var hundreds = Assemblies
            .SelectMany(Messages)
            .Select(m => (m.Folder, Hundred: m.Id / 100))
            .Distinct()
            .ToList();
        hundreds.Select(h => h.Folder).ShouldBeUnique();
        hundreds.Select(h => h.Hundred).ShouldBeUnique();
    }

    /// <summary>The messages of a class X with a method Log.Y are named XY.</summary>
    private static List<(string Name, int Id, string? Folder)> Messages(Assembly assembly) =>
        [
            .. from type in assembly.GetTypes()
            from method in type.GetMethods(Everything)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select (
                type.DeclaringType!.Name.Split('`')[0] + method.Name,
                message.EventId,
                type.Namespace
            ),
        ];

    private static Dictionary<string, int> Ids(Assembly assembly) =>
        assembly
            .GetTypes()
            .Single(t => t.Name == "EventIds")
            .GetFields()
            .ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);
}
