using WaOperator.WhatsApp.Running;

namespace WaOperator.WhatsApp.Tests.Running;

public sealed class HandlerRetryTests
{
    [Fact]
    public void Waits_double_up_to_the_longest_and_end_with_the_attempts()
    {
        var retry = new HandlerRetry(8, TimeSpan.FromSeconds(30));
        Enumerable
            .Range(1, 8)
            .Select(failures => retry.After(failures)?.TotalSeconds)
            .ShouldBe([1, 2, 4, 8, 16, 30, 30, null]);
    }
}
