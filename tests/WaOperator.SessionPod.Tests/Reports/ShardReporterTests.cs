using WaOperator.SessionPod.Reports;
using WaOperator.Store;

namespace WaOperator.SessionPod.Tests.Reports;

public sealed class ShardReporterTests
{
    private static readonly ShardReport Before = new(new ShardId("p", 0), 1, 10, 9, 100_000_000);

    [Fact]
    public void Is_at_rest_while_counts_stand_and_memory_hardly_moves()
    {
        ShardReporter.IsAtRest(Before, Before with { MemoryBytes = 101_000_000 }).ShouldBeTrue();
        ShardReporter.IsAtRest(Before, Before with { MemoryBytes = 103_000_000 }).ShouldBeFalse();
        ShardReporter.IsAtRest(Before, Before with { Connected = 10 }).ShouldBeFalse();
        ShardReporter.IsAtRest(Before, Before with { Sessions = 11 }).ShouldBeFalse();
    }
}
