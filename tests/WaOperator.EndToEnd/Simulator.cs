using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>The simulator's control API, reached through the API server.</summary>
internal sealed class Simulator(Demo demo)
{
    private const string Proxy =
        $"/api/v1/namespaces/{Demo.Release}/services/wa-simulator:control/proxy";

    public async Task<JsonNode> GetAsync(string path) =>
        JsonNode.Parse(await demo.KubectlAsync("get", "--raw", Proxy + path))!;

    public async Task<string> PostAsync(string path, string json = "{}") =>
        (await demo.TryKubectlAsync(["create", "--raw", Proxy + path, "-f", "-"], json))
            .Succeeded("POST " + path)
            .Out;

    /// <summary>Waits for the code of a session and lets its phone scan it.</summary>
    public Task ScanAsync(string session, string phone) =>
        Eventually.True(
            $"the phone of {session} scanned its code",
            async () =>
            {
                var secret = await demo.TryKubectlAsync([
                    "-n",
                    Demo.Samples,
                    "get",
                    "secret",
                    session + "-pairing",
                    "-o",
                    "jsonpath={.data.qr}",
                ]);
                if (secret.ExitCode != 0 || secret.Out.Length == 0)
                    return false;
                var qr = System.Text.Encoding.UTF8.GetString(
                    Convert.FromBase64String(secret.Out.Trim())
                );
                var scan = await demo.TryKubectlAsync(
                    ["create", "--raw", $"{Proxy}/phones/{phone}/scan", "-f", "-"],
                    new JsonObject { ["qr"] = qr }.ToJsonString()
                );
                return scan.ExitCode == 0;
            },
            TimeSpan.FromSeconds(90)
        );

    /// <summary>Companion devices that the phone lists.</summary>
    public async Task<int> DevicesAsync(string phone) =>
        (await GetAsync("/phones/" + phone))["devices"]!.AsArray().Count;
}
