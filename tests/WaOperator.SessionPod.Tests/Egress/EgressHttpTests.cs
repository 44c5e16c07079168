using System.Net;
using System.Net.Sockets;
using WaOperator.Api.Egress;

namespace WaOperator.SessionPod.Tests.Egress;

public sealed class EgressHttpTests
{
    [Fact]
    public async Task A_name_that_leads_to_an_inner_address_is_not_connected_to()
    {
        using var listener = Listener();
        var url = new Uri($"https://files.example:{Port(listener)}/");
        foreach (
            var addresses in (IPAddress[][])
                [
                    [IPAddress.Loopback],
                    [IPAddress.IPv6Loopback, IPAddress.Loopback],
                    [IPAddress.Loopback.MapToIPv6()],
                    [],
                ]
        )
        {
            using var http = EgressHttp.Create(
                EgressRules.Public,
                (_, _) => Task.FromResult(addresses)
            );
            var failure = await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(url));
            failure.InnerException.ShouldBeOfType<EgressRefusedException>();
        }
        listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task An_answer_that_changes_after_the_check_changes_nothing()
    {
        using var listener = Listener();
        var asked = 0;
        var rules = new EgressRules([IPNetwork.Parse("127.0.0.1/32")], [], [443]);
        using var http = EgressHttp.Create(
            rules,
            (_, _) =>
                Task.FromResult<IPAddress[]>([
                    asked++ == 0 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2"),
                ])
        );
        var url = new Uri($"https://files.example:{Port(listener)}/");
        var asking = http.GetAsync(url);
        using (var accepted = await listener.AcceptSocketAsync())
            ((IPEndPoint)accepted.LocalEndPoint!).Address.ShouldBe(IPAddress.Loopback);
        (
            await Should.ThrowAsync<HttpRequestException>(() => asking)
        ).InnerException.ShouldNotBeOfType<EgressRefusedException>();
        // The address that was checked is the one connected to: the name was resolved once.
        asked.ShouldBe(1);

        (
            await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(url))
        ).InnerException.ShouldBeOfType<EgressRefusedException>();
        listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task Of_several_addresses_only_those_that_may_be_are_connected_to()
    {
        using var listener = Listener();
        var rules = new EgressRules([IPNetwork.Parse("127.0.0.1/32")], [], [443]);
        using var http = EgressHttp.Create(
            rules,
            (_, _) =>
                Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback])
        );
        var asking = http.GetAsync(new Uri($"https://files.example:{Port(listener)}/"));
        using var accepted = await listener.AcceptSocketAsync();
        ((IPEndPoint)accepted.LocalEndPoint!).Address.ShouldBe(IPAddress.Loopback);
        accepted.Dispose();
        await Should.ThrowAsync<HttpRequestException>(() => asking);
    }

    private static TcpListener Listener()
    {
        var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
