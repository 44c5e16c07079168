using System.Net;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests;

public sealed class HostTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task It_is_ready_once_PostgreSQL_was_seen_and_stays_so_without_it()
    {
        await using var world = await GatewayWorld.StartAsync(ownServer: true);
        await world.Server.StopAsync();
        var gateway = await world.GatewayAsync();
        (await AskAsync(gateway.Health, "/livez")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(gateway.Health, "/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable);

        await world.Server.StartAgainAsync();
        await ReadyAsync(gateway);

        await world.Server.StopAsync();
        (await AskAsync(gateway.Health, "/readyz")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_port_serves_its_own_paths()
    {
        await using var world = await GatewayWorld.StartAsync();
        var gateway = await world.GatewayAsync();

        (await Http.GetStringAsync(new Uri(gateway.Health, "/metrics"))).ShouldContain(
            "wa_gateway_held 0"
        );
        (await AskAsync(gateway.Api, "/metrics")).ShouldBe(HttpStatusCode.NotFound);
        (await AskAsync(gateway.Api, "/openapi/v1.json")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(gateway.Health, "/openapi/v1.json")).ShouldBe(HttpStatusCode.NotFound);
        (
            await Http.GetAsync(new Uri(gateway.Api, "/nowhere"))
        ).Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    private static Task ReadyAsync(TestGateway gateway) =>
        Eventually.True(
            "the gateway is ready",
            async () => await AskAsync(gateway.Health, "/readyz") == HttpStatusCode.OK
        );

    private static async Task<HttpStatusCode> AskAsync(Uri address, string path)
    {
        using var answer = await Http.GetAsync(new Uri(address, path));
        return answer.StatusCode;
    }
}
