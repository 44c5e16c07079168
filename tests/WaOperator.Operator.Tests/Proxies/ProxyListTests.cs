using System.Text;
using WaOperator.Operator.Proxies;

namespace WaOperator.Operator.Tests.Proxies;

public sealed class ProxyListTests
{
    [Fact]
    public void Empty_lines_and_comments_count_for_nothing()
    {
        var list = Read("\n# bought in May\r\n  socks5://a:b@one.example:1080  \n\n");
        list!.Count.ShouldBe(1);
        list.For("any").ShouldBe("socks5://a:b@one.example:1080");
    }

    [Theory]
    [InlineData("", "has no address")]
    [InlineData("# none\n", "has no address")]
    [InlineData("http://one.example\nftp://user:hunter2@two.example\n", "line 2")]
    [InlineData("hunter2", "line 1")]
    [InlineData("http://user:hunter2@one.example/path", "line 1")]
    [InlineData("\u0000", "line 1")]
    public void What_is_wrong_is_told_without_the_value(string value, string told)
    {
        ProxyList.Read(Encoding.UTF8.GetBytes(value), out var wrong).ShouldBeNull();
        wrong!.ShouldContain(told);
        wrong!.ShouldNotContain("hunter2");
    }

    [Fact]
    public void It_is_bounded()
    {
        Read(Lines(ProxyList.MaxProxies))!.Count.ShouldBe(ProxyList.MaxProxies);
        ProxyList
            .Read(Encoding.UTF8.GetBytes(Lines(ProxyList.MaxProxies + 1)), out var wrong)
            .ShouldBeNull();
        wrong!.ShouldContain("1000");
        ProxyList.Read(new byte[ProxyList.MaxBytes + 1], out wrong).ShouldBeNull();
        wrong!.ShouldContain("bytes");
    }

    [Fact]
    public void Sessions_are_spread_and_a_line_that_goes_moves_only_its_own()
    {
        const int sessions = 10_000;
        var all = Read(Lines(10))!;
        var before = Enumerable.Range(0, sessions).ToDictionary(i => i, i => all.For($"uid-{i}"));
        foreach (var share in before.Values.GroupBy(p => p).Select(g => g.Count()))
            share.ShouldBeInRange(sessions / 10 * 8 / 10, sessions / 10 * 12 / 10);

        const string gone = "http://user3:secret@proxy.example:8080";
        var fewer = Read(Lines(10).Replace($"{gone}\n", "", StringComparison.Ordinal))!;
        fewer.Count.ShouldBe(9);
        foreach (var (i, proxy) in before)
            if (proxy != gone)
                fewer.For($"uid-{i}").ShouldBe(proxy);
    }

    [Fact]
    public void Another_password_moves_no_session_and_lines_that_differ_in_it_alone_all_count()
    {
        var (before, after) = (Read(Lines(10))!, Read(Lines(10, "changed"))!);
        for (var i = 0; i < 1_000; i++)
            after
                .For($"uid-{i}")
                .ShouldBe(
                    before.For($"uid-{i}").Replace("secret", "changed", StringComparison.Ordinal)
                );
        var both = Read(Lines(10) + Lines(10, "changed"))!;
        both.Count.ShouldBe(20);
        Enumerable
            .Range(0, 1_000)
            .Select(i => both.For($"uid-{i}"))
            .Distinct()
            .Count()
            .ShouldBe(20);
    }

    private static string Lines(int count, string password = "secret") =>
        string.Concat(
            Enumerable
                .Range(0, count)
                .Select(i => $"http://user{i}:{password}@proxy.example:8080\n")
        );

    private static ProxyList? Read(string value) =>
        ProxyList.Read(Encoding.UTF8.GetBytes(value), out _);
}
