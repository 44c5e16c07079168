using System.Net.Sockets;
using System.Text;
using WaOperator.Api;
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
        using var first = shares.Of(1);
        var second = shares.Of(1);
        using var other = shares.Of(2);
        first.TryTake(MiB).ShouldBeNull();
        first.TryTake(MiB + 1)!.ShouldContain("2 MiB");
        second.TryTake(MiB).ShouldBeNull();
        second.TryTake(1)!.ShouldContain("2 MiB");
        other.TryTake(MiB).ShouldBeNull();
        other.TryTake(1)!.ShouldContain("3 MiB");
        second.Dispose();
        other.TryTake(1).ShouldBeNull();
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
        TcpClient[] slow =
        [
            await BeginAsync("Content-Length: 524288", "", pod, session),
            await BeginAsync("Transfer-Encoding: chunked", "7f000\r\n", pod, session),
        ];

        await Eventually.True(
            "a third one is refused",
            async () =>
            {
                for (var i = 0; i < slow.Length; i++)
                    // It was answered: its last part came while a third one had the room.
                    if (slow[i].Available > 0)
                    {
                        slow[i].Dispose();
                        slow[i] = await BeginAsync("Content-Length: 524288", "", pod, session);
                    }
                return (await SendAsync()) is (429, { } problem) && problem.Contains("1 MiB");
            }
        );
        foreach (var client in slow)
            client.Dispose();
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

    [Fact]
    public async Task Many_small_bodies_at_once_fit_although_their_heads_do_not_say_how_long_they_are()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { MaxTenantBodiesMiB = 1 }
        );
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(_ => api.SendAsync(session.Name, new { to = "4917012345", text = "x" }))
        );

        answers.ShouldAllBe(a => (int)a.Status == 202);
    }

    /// <summary>Sends the head and 520,000 bytes of the body, in which nothing ends it.</summary>
    private static async Task<TcpClient> BeginAsync(
        string length,
        string chunk,
        TestPod pod,
        TestSession session
    )
    {
        var client = new TcpClient();
        await client.ConnectAsync(pod.Api.Host, pod.Api.Port);
        await client
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /v1/sessions/ns/{session.Name}/messages HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {PodWorld.ApiKey}\r\nContent-Type: application/json\r\n{length}\r\n\r\n{chunk}{new string(' ', 520_000)}"
                )
            );
        return client;
    }
}
