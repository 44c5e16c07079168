using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using WaOperator.Gateway.Consumers;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Consumers;

/// <summary>Pages that readers do not take are held neither without end nor without bound.</summary>
public sealed class PageTests
{
    private const int MiB = 1024 * 1024;
    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_reader_that_does_not_take_its_page_is_cut_off()
    {
        var pipe = new Pipe(new(pauseWriterThreshold: 1024, resumeWriterThreshold: 512));
        var life = new Life();
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseBodyFeature>(
            new StreamResponseBodyFeature(pipe.Writer.AsStream())
        );
        http.Features.Set<IHttpRequestLifetimeFeature>(life);

        var writing = PageAnswer.WriteAsync(http, new byte[MiB], Cursor, _time);
        _time.Advance(PageAnswer.Limit - TimeSpan.FromSeconds(1));
        writing.IsCompleted.ShouldBeFalse();
        life.Aborted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        await writing.WaitAsync(TimeSpan.FromSeconds(30));
        life.Aborted.ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_takes_it_has_the_whole_page()
    {
        using var body = new MemoryStream();
        var life = new Life();
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        http.Features.Set<IHttpRequestLifetimeFeature>(life);

        await PageAnswer.WriteAsync(http, "{}"u8.ToArray(), Cursor, _time);

        life.Aborted.ShouldBeFalse();
        System
            .Text.Encoding.UTF8.GetString(body.ToArray())
            .ShouldBe($$"""{"events":[{}],"cursor":"{{Cursor.Write()}}"}""");
    }

    [Fact]
    public void A_tenant_holds_half_of_what_all_may()
    {
        var room = new PageRoom(mostMiB: 32);
        using var late = Page(7);
        using var other = Page(8);
        using (var first = Page(7))
        {
            first.Takes(16 * MiB).ShouldBeTrue();
            late.Takes(1).ShouldBeFalse();
            late.FoundNoRoom.ShouldBeTrue();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            late.Ready.IsCancellationRequested.ShouldBeTrue();
            other.Takes(16 * MiB).ShouldBeTrue();
        }
        using var next = Page(7);
        next.Takes(16 * MiB).ShouldBeTrue();
        // An event that came too late must not stand behind one that was left out.
        late.Takes(1).ShouldBeFalse();

        EventPage Page(long tenant) => new(100, room.Begin(tenant), _time);
    }

    [Fact]
    public async Task Without_room_events_come_later_and_are_not_lost()
    {
        await using var scene = await ConsumerScene.StartAsync(change: o =>
            o with
            {
                MaxPagesMiB = 0,
            }
        );
        await scene.MakeAsync();
        await scene.AddAsync(scene.Sessions[0], 2);

        var full = await scene.Tenant.PostAsync("/v1/consumers/crm/next?waitSeconds=60", "");

        (full.Status, full.Slug).ShouldBe((429, "rate-limited"));
        using var elsewhere = new Tenant(await scene.World.GatewayAsync());
        (await scene.NextAsync(by: elsewhere)).Numbers[0].ShouldBe((scene.Sessions[0].Id, 1L));
    }

    private static ConsumerCursor Cursor => new(1, 1, new(0, new Dictionary<long, long>()));

    private sealed class Life : IHttpRequestLifetimeFeature
    {
        public bool Aborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborted = true;
    }
}
