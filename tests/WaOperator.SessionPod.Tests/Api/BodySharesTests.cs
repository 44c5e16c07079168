using System.Net.Sockets;
using System.Text;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class BodySharesTests
{
    private const long MiB = 1024 * 1024;

    [Fact]
    public void One_tenant_s_bodies_take_their_share_only()
    {
        var shares = new BodyShares(mostMiB: 3, perTenantMiB: 2);
        shares.Enter(1, MiB).ShouldBeNull();
        shares.Enter(1, MiB + 1)!.ShouldContain("2 MiB");
        shares.Enter(1, MiB).ShouldBeNull();
        shares.Enter(1, 1)!.ShouldContain("2 MiB");
        shares.Enter(2, MiB).ShouldBeNull();
        shares.Enter(2, 1)!.ShouldContain("3 MiB");
        shares.Leave(1, MiB);
        shares.Enter(2, 1).ShouldBeNull();
    }

    [Fact]
    public async Task Bodies_that_come_slowly_take_no_more_than_their_share_until_they_go()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { MaxTenantBodiesMiB = 1 }
        );
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var one = await BeginAsync("Content-Length: 524288", pod, session);
        using var two = await BeginAsync("Transfer-Encoding: chunked", pod, session);

        await Eventually.True(
            "a third one is refused",
            async () => (await SendAsync()) is (429, { } problem) && problem.Contains("1 MiB")
        );
        two.Close();
        await Eventually.True("there is room again", async () => (await SendAsync()).Status == 202);

        async Task<(int Status, string? Problem)> SendAsync()
        {
            var (status, body, _) = await api.SendAsync(
                session.Name,
                new { to = "4917012345", text = "x" }
            );
            return (status, (string?)body?["detail"]);
        }
    }

    private static async Task<TcpClient> BeginAsync(string length, TestPod pod, TestSession session)
    {
        var client = new TcpClient();
        await client.ConnectAsync(pod.Api.Host, pod.Api.Port);
        await client
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /v1/sessions/ns/{session.Name}/messages HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {PodWorld.ApiKey}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
                )
            );
        return client;
    }
}
