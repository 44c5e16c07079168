using WaOperator.Operator.Pools;
using WaOperator.Resources;

namespace WaOperator.Operator.Tests.Pools;

public sealed class PoolDrainTests
{
    private static PoolDrain Of(string? list)
    {
        var pool = Make.Pool();
        return PoolDrain.Of(
            pool with
            {
                Metadata = pool.Metadata with
                {
                    Annotations = list is null
                        ? null
                        : new Dictionary<string, string> { [Annotations.Drain] = list },
                },
            }
        );
    }

    [Theory]
    [InlineData(null, new int[0])]
    [InlineData("", new int[0])]
    [InlineData("2", new[] { 2 })]
    [InlineData("0, 2,0", new[] { 0, 2 })]
    public void A_list_of_ordinals_is_read(string? list, int[] ordinals)
    {
        Of(list).Ordinals.Order().ShouldBe(ordinals);
        Of(list).Mistake.ShouldBeNull();
    }

    [Theory]
    [InlineData("two")]
    [InlineData("-1")]
    [InlineData("0,,1")]
    [InlineData("99999999999")]
    public void A_list_that_cannot_be_read_drains_nothing_and_says_why(string list)
    {
        Of(list).Ordinals.ShouldBeEmpty();
        Of(list).Mistake!.ShouldContain(list);
    }
}
