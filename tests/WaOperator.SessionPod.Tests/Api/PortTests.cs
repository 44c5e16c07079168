using System.Net.Sockets;
using System.Text;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class PortTests
{
    [Fact]
    public async Task Each_port_serves_what_was_mapped_to_it_however_it_is_asked_for()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var path = $"/v1/sessions/ns/{session.Name}";

        foreach (
            var way in (string[])
                [
                    path,
                    path.Replace("/v1/", "/V1/", StringComparison.Ordinal),
                    path.ToUpperInvariant(),
                    "/" + path,
                    path.Replace("/v1/", "//v1/", StringComparison.Ordinal),
                    path.Replace("v1", "%761", StringComparison.Ordinal),
                    path.Replace("v1", "v%31", StringComparison.Ordinal),
                    path + "/",
                    path + ".",
                    "/x/.." + path,
                    "/livez/.." + path,
                    path + "/events",
                    path + "?x=/livez",
                    "/OpenAPI/v1.json",
                    "/openapi/v1.json",
                ]
        )
        foreach (var version in (string[])["1.1", "1.0"])
        foreach (var method in (string[])["GET", "POST", "HEAD", "PUT"])
        foreach (var target in (string[])[way, $"http://api:8081{way}"])
            (await AskAsync(pod.Health, method, target, version)).ShouldBe(
                404,
                $"{method} {target} HTTP/{version}"
            );

        foreach (var way in (string[])["/livez", "/LIVEZ", "/metrics", "/Metrics/", "/readyz"])
            (await AskAsync(pod.Api, "GET", way, "1.1")).ShouldBe(404, way);
        (await AskAsync(pod.Api, "GET", "/V1/" + path[4..], "1.1")).ShouldBe(200);
        (await AskAsync(pod.Api, "DELETE", path, "1.1")).ShouldBe(405);
        (await AskAsync(pod.Health, "GET", "/livez", "1.1")).ShouldBe(200);
        (await AskAsync(pod.Health, "GET", "/metrics", "1.0")).ShouldBe(200);
    }

    private static async Task<int> AskAsync(Uri port, string method, string target, string version)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(port.Host, port.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"{method} {target} HTTP/{version}\r\nHost: api:8081\r\nAuthorization: Bearer {PodWorld.ApiKey}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        );
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var status = await reader.ReadLineAsync();
        return int.Parse(status!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
