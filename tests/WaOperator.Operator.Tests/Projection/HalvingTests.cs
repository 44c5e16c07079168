using Npgsql;
using WaOperator.Operator.Projection;

namespace WaOperator.Operator.Tests.Projection;

public sealed class HalvingTests
{
    [Fact]
    public async Task All_but_the_rows_at_fault_are_written_in_their_order()
    {
        var (written, refused, calls) = (new List<int>(), new List<int>(), 0);
        await Halving.WriteAsync(
            [.. Enumerable.Range(0, 1000)],
            rows =>
            {
                calls++;
                if (rows.Any(r => r is 0 or 700))
                    throw Refusal("22021");
                written.AddRange(rows);
                return Task.CompletedTask;
            },
            (row, _) => refused.Add(row)
        );
        refused.ShouldBe([0, 700]);
        written.ShouldBe(Enumerable.Range(0, 1000).Where(r => r is not (0 or 700)));
        calls.ShouldBeLessThan(50);
    }

    [Theory]
    [InlineData("57P01")]
    [InlineData("40001")]
    [InlineData("42703")]
    [InlineData("53300")]
    public async Task What_blames_no_row_blames_none(string state)
    {
        var calls = 0;
        var told = await Should.ThrowAsync<PostgresException>(() =>
            Halving.WriteAsync(
                [1, 2],
                _ =>
                {
                    calls++;
                    throw Refusal(state);
                },
                (row, _) => throw new InvalidOperationException($"{row} is blamed")
            )
        );
        told.SqlState.ShouldBe(state);
        calls.ShouldBe(1);
    }

    [Fact]
    public Task No_rows_are_no_write() =>
        Halving.WriteAsync<int>(
            [],
            _ => throw new InvalidOperationException("written"),
            (_, _) => { }
        );

    private static PostgresException Refusal(string state) => new("no", "ERROR", "ERROR", state);
}
