using WaOperator.SessionPod.Hosting;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests;

public sealed class SideTests
{
    [Fact]
    public void A_pod_knows_its_own_side_of_the_store_alone()
    {
        var known = typeof(PodHost)
            .Assembly.GetReferencedAssemblies()
            .Select(a => a.Name)
            .ToArray();
        known.ShouldContain(typeof(PodStore).Assembly.GetName().Name);
        known.ShouldNotContain("WaOperator.Store.Operator");
    }
}
