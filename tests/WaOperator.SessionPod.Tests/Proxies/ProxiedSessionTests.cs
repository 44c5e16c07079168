using System.Net;
using System.Text;
using WaOperator.Domain;
using WaOperator.Sealing;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Proxies;

/// <summary>Sessions of a pod whose proxies the operator sealed, over real proxies and the simulator.</summary>
public sealed class ProxiedSessionTests
{
    private int _version;

    [Fact]
    public async Task Another_proxy_is_dialled_without_a_scan_and_the_same_one_is_not()
    {
        await using var world = await StartAsync();
        await using var first = new TunnelProxy(socks: true) { Credentials = ("anna", "secret") };
        await using var second = new TunnelProxy();
        var session = await world.PairedAsync(0);
        await WantAsync(world, session, Address(first));
        await ReconnectedAsync(session, 1);
        first.Asked.Count.ShouldBe(1);

        await WantAsync(world, session, Address(second));
        var state = await ReconnectedAsync(session, 2);
        state.Paired.ShouldBeTrue();
        (first.Asked.Count, second.Asked.Count).ShouldBe((1, 1));

        // The Secret changed elsewhere: sealed once more, it is the same address.
        await WantAsync(world, session, Address(second));
        // Whose placement was read after that.
        await world.PairedAsync(0);
        (await session.StateAsync())!.Reconnects.ShouldBe(2);
        await WantAsync(world, session, null);
        await ReconnectedAsync(session, 3);
        (first.Asked.Count, second.Asked.Count).ShouldBe((1, 1));
        (await session.SeenAsync())!.Logins.ShouldBe(
            4,
            "paired, then twice through a proxy, then directly"
        );
    }

    [Fact]
    public async Task A_session_is_paired_through_its_proxy()
    {
        await using var world = await StartAsync();
        await using var proxy = new TunnelProxy(socks: true) { Credentials = ("anna", "secret") };
        var session = await world.SessionAsync(null);
        await WantAsync(world, session, Address(proxy));
        await session.PlaceAsync(0);

        await session.ScanAsync();
        await session.PhaseAsync(SessionPhase.Connected);

        // Shown the code, and logged in.
        proxy.Asked.Count.ShouldBe(2);
        (await world.StatsAsync()).Sockets.ShouldBe(1);
    }

    [Fact]
    public async Task A_proxy_in_a_network_that_is_not_allowed_is_never_connected_to()
    {
        await using var world = await StartAsync(allow: false);
        await using var proxy = new TunnelProxy();
        var session = await world.PairedAsync(0);

        await WantAsync(world, session, Address(proxy));

        var state = await session.PhaseAsync(
            SessionPhase.Reconnecting,
            s => s.Reason == Reasons.ProxyAddressRefused
        );
        state.Message.ShouldContain($"127.0.0.1:{proxy.Port}");
        (proxy.Asked.Count, proxy.Up).ShouldBe((0, 0));
        (await session.SeenAsync())!.Logins.ShouldBe(1, "nothing went past the proxy");
    }

    [Fact]
    public async Task An_address_that_cannot_be_opened_keeps_the_session_off_until_another_can()
    {
        await using var world = await StartAsync();
        await using var proxy = new TunnelProxy(socks: true) { Credentials = ("anna", "secret") };
        var session = await world.PairedAsync(0);
        var (other, _) = SealedBox.CreateKeys();

        await WantAsync(world, session, Address(proxy), other);

        await session.PhaseAsync(
            SessionPhase.Reconnecting,
            s => s.Reason == Reasons.ProxyUnreadable
        );
        (await session.SeenAsync())!.Logins.ShouldBe(1, "nothing went past the proxy");

        await WantAsync(world, session, Address(proxy));
        await ReconnectedAsync(session, 1);
        proxy.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_no_address_is_told_without_it()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(null);
        await WantAsync(world, session, "gopher://hunter2");
        await session.PlaceAsync(0);

        var state = await session.PhaseAsync(
            SessionPhase.Starting,
            s => s.Reason == Reasons.ProxyUnreadable
        );

        state.Message.ShouldContain("must begin with");
        state.Message.ShouldNotContain("hunter2");
        (await world.StatsAsync()).Sockets.ShouldBe(0);
    }

    private static async Task<PodWorld> StartAsync(bool allow = true)
    {
        var world = await PodWorld.StartAsync();
        await world.PodAsync(
            0,
            "pod-a",
            o =>
                allow
                    ? o with
                    {
                        Egress = o.Egress with { Allowed = [IPNetwork.Parse("127.0.0.0/8")] },
                    }
                    : o
        );
        return world;
    }

    private static Task<SessionState> ReconnectedAsync(TestSession session, int times) =>
        session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == times);

    private static string Address(TunnelProxy proxy) =>
        proxy.Credentials is { } c
            ? $"socks5://{c.User}:{c.Password}@127.0.0.1:{proxy.Port}"
            : $"http://127.0.0.1:{proxy.Port}";

    /// <summary>Does what the operator does.</summary>
    private async Task WantAsync(
        PodWorld world,
        TestSession session,
        string? address,
        byte[]? key = null
    )
    {
        var (id, own) = await Eventually.Get(
            "the pod's key",
            async () =>
                await world.SqlAsync("select id from wa.box_key") is long found
                    ? Tuple.Create(
                        found,
                        (byte[])(await world.SqlAsync("select public_key from wa.box_key"))!
                    )
                    : null
        );
        await session.WantAsync(row =>
            row with
            {
                Proxy = address is null
                    ? null
                    : new SealedProxy(
                        $"proxies/url@uid.{++_version}",
                        id,
                        SealedBox.Seal(key ?? own, Encoding.UTF8.GetBytes(address))
                    ),
            }
        );
    }
}
