using WaOperator.Operator.Options;
using WaOperator.Operator.Projection;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Projection;

public sealed class RemovalBrakeTests
{
    private static readonly OperatorOptions.RemovalOptions Limits = new()
    {
        Sessions = 3,
        Percent = 50,
    };
    private readonly FakeTime _time = new();
    private bool _word;

    [Theory]
    [InlineData(3, 4, false)]
    [InlineData(4, 8, false)]
    [InlineData(4, 7, true)]
    [InlineData(1_000_000, 1_000_000, true)]
    public void Too_many_are_more_than_both_limits(int going, int known, bool tooMany) =>
        RemovalBrake.IsTooMany(going, known, Limits).ShouldBe(tooMany);

    [Fact]
    public async Task All_wait_once_too_many_would_go_and_later_ones_too()
    {
        var brake = Make();
        (await brake.HoldAsync(["a", "b", "c", "d"], 5, default)).ShouldBe(
            ["a", "b", "c", "d"],
            ignoreOrder: true
        );
        brake.Held.ShouldBe(4);
        _time.Advance(TimeSpan.FromHours(1));
        (await brake.HoldAsync(["e"], 5, default)).ShouldBe(["e"]);
        brake.Held.ShouldBe(5);
    }

    [Fact]
    public async Task Sessions_that_continuee_after_the_other_count_together_for_a_while()
    {
        var brake = Make();
        for (var known = 5; known > 2; known--)
            (await brake.HoldAsync([$"s{known}"], known, default)).ShouldBeEmpty();
        (await brake.HoldAsync(["s2"], 2, default)).ShouldBe(["s2"]);

        var slow = Make();
        for (var known = 5; known > 0; known--)
        {
            (await slow.HoldAsync([$"s{known}"], known, default)).ShouldBeEmpty();
            _time.Advance(TimeSpan.FromMinutes(Limits.Minutes));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task The_word_lets_those_that_wait_go_and_does_not_count_against_the_next()
    {
        var brake = Make();
        string[] all = ["a", "b", "c", "d"];
        await brake.HoldAsync(all, 5, default);
        _word = true;
        (await brake.HoldAsync(all, 5, default)).ShouldBeEmpty();
        brake.Held.ShouldBe(0);
        _word = false;
        (await brake.HoldAsync([.. all, "e"], 1, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_is_back_waits_no_more()
    {
        var brake = Make();
        await brake.HoldAsync(["a", "b", "c", "d"], 5, default);
        foreach (var back in (string[])["a", "b", "c", "d"])
            brake.Forget(back);
        (await brake.HoldAsync(["a"], 5, default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("yes", false)]
    [InlineData("2026-01-01T00:00:00Z", false)]
    [InlineData("2026-01-03T00:00:00Z", true)]
    [InlineData("2026-01-03T00:00:00+02:00", true)]
    public void The_word_holds_until_its_time(string? annotation, bool holds) =>
        RemovalWord.IsGiven(annotation, new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero)).ShouldBe(holds);

    private RemovalBrake Make() => new(Limits, _ => Task.FromResult(_word), _time);
}
