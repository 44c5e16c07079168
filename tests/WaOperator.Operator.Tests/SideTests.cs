using WaOperator.Operator.Hosting;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tests;

public sealed class SideTests
{
    [Fact]
    public void The_operator_knows_its_own_side_of_the_store_alone()
    {
        var known = typeof(OperatorHost)
            .Assembly.GetReferencedAssemblies()
            .Select(a => a.Name)
            .ToArray();
        known.ShouldContain(typeof(OperatorStore).Assembly.GetName().Name);
        known.ShouldNotContain("WaOperator.Store.Pod");
    }
}
