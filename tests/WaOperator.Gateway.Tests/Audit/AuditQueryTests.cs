using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using WaOperator.Gateway.Audit;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Tests.Audit;

public sealed class AuditQueryTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_parameters_it_is_the_last_day()
    {
        var query = Read("")!;

        query.Limit.ShouldBe(100);
        query.After.ShouldBe(AuditLog.IdAt(Now.AddMinutes(1).AddDays(-1)));
        query.End.ShouldBe(AuditLog.IdAt(Now.AddMinutes(1)));
        query.Filter.ShouldBe(new AuditFilter());
    }

    [Fact]
    public void The_next_page_is_asked_for_with_the_same_parameters()
    {
        var query = Read(
            "?limit=5&since=2026-04-01T00:00:00Z&until=2026-04-02T00:00:00%2B02:00&key=acme/key&operation=sendMessage&namespace=ns&session=s-1&status=202"
        )!;
        var last = new AuditEntry(
            Guid.CreateVersion7(query.Since.AddHours(1)),
            Now,
            null,
            "sendMessage",
            "ns",
            "s-1",
            202,
            1,
            []
        );

        var next = Read(query.Next(AuditQuery.Cursor(last.Id)))!;

        next.ShouldBe(query with { Before = last.Id });
        next.End.ShouldBe(last.Id);
        next.Until.ShouldBe(new DateTimeOffset(2026, 4, 1, 22, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=501")]
    [InlineData("?limit=1e2")]
    [InlineData("?limit=1&limit=2")]
    [InlineData("?after=x")]
    [InlineData("?after=AAAA")]
    [InlineData("?since=yesterday")]
    [InlineData("?since=1969-12-31T23:59:59Z")]
    [InlineData("?since=2026-05-02T00:00:00Z&until=2026-05-01T00:00:00Z")]
    [InlineData("?operation=sendMassage")]
    [InlineData("?key=")]
    [InlineData("?status=99")]
    [InlineData("?status=-200")]
    [InlineData("?session=No%20Name")]
    [InlineData("?namespace=%00")]
    [InlineData("?limits=1")]
    public void What_cannot_be_read_is_said(string parameters) =>
        AuditQuery
            .Read(Parse(parameters), ["sendMessage"], Now, out _)
            .ShouldNotBeNull()
            .ShouldNotBeEmpty();

    private static AuditQuery? Read(string parameters)
    {
        AuditQuery.Read(Parse(parameters), ["sendMessage"], Now, out var query).ShouldBeNull();
        return query;
    }

    private static QueryCollection Parse(string parameters) =>
        new(QueryHelpers.ParseQuery(parameters));
}
