using System.Reflection;
using WaOperator.Kubernetes.Cache;
using WaOperator.Operator.Leading;
using WaOperator.Signals;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests;

/// <summary>Alerts and filters go by the ids of what is logged.</summary>
public sealed class EventIdTests
{
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
            LoggedMessages
                .Of(assembly)
                .ToDictionary(m => m.Name, m => m.Id)
                .ShouldBe(LoggedMessages.Ids(assembly), ignoreOrder: true);
    }

    [Fact]
    public void No_id_is_used_twice() =>
        Assemblies.SelectMany(LoggedMessages.Of).Select(m => m.Id).ShouldBeUnique();

    [Fact]
    public void Each_folder_has_a_hundred_of_its_own()
    {
        var hundreds = Assemblies
            .SelectMany(LoggedMessages.Of)
            .Select(m => (m.Namespace, Hundred: m.Id / 100))
            .Distinct()
            .ToList();
        hundreds.Select(h => h.Namespace).ShouldBeUnique();
        hundreds.Select(h => h.Hundred).ShouldBeUnique();
    }
}
