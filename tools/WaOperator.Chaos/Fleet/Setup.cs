using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Chaos.Cluster;
using WaOperator.Testing;

namespace WaOperator.Chaos.Fleet;

/// <summary>Makes the sessions in the pool of hack/chaos.d/fleet.yaml, and has their phones scan.</summary>
internal static class Setup
{
    private const int AtOnce = 8;

    public static async Task MakeAsync(Scene scene)
    {
        await Eventually.True(
            "every shard serves",
            async () =>
            {
                await Scene.PaceAsync();
                return Pool.Condition(await scene.Pool.GetAsync(), "Ready") == "True";
            },
            TimeSpan.FromSeconds(180)
        );
        await Parallel.ForEachAsync(
            Enumerable.Range(1, scene.Sessions),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (session, _) =>
                await scene.Api.CreateAsync(Names.SessionsPath, SessionBody(session))
        );
        await PairAsync(scene);
        await SpreadAsync(scene);
        await scene.Release.LeadFromAsync(Names.Core);
    }

    private static async Task PairAsync(Scene scene)
    {
        var phones = Enumerable
            .Range(1, scene.Sessions)
            .ToDictionary(Names.Session, Names.Phone, StringComparer.Ordinal);
        await Scene.ThereAsync(
            "every phone scanned its code, and every session has a connection",
            () => Absent.DescribeAsync(scene),
            async () =>
            {
                await Scene.PaceAsync();
                if ((await scene.Simulator.StatsAsync()).Connected >= scene.Sessions)
                    return true;
                var codes = (await scene.Api.GetAsync($"/api/v1/namespaces/{Names.Fleet}/secrets"))[
                    "items"
                ]!
                    .AsArray()
                    .Select(s =>
                        (
                            Name: (string)s!["metadata"]!["name"]!,
                            Code: (string?)s["data"]?["qr"] ?? ""
                        )
                    )
                    .Where(s =>
                        s.Code.Length > 0 && s.Name.EndsWith("-pairing", StringComparison.Ordinal)
                    );
                await Parallel.ForEachAsync(
                    codes,
                    new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
                    async (secret, _) =>
                        await scene.Simulator.ScanAsync(
                            phones[secret.Name[..^"-pairing".Length]],
                            Encoding.UTF8.GetString(Convert.FromBase64String(secret.Code))
                        )
                );
                return false;
            },
            TimeSpan.FromSeconds(300)
        );
    }

    /// <summary>Two shards on each of the other nodes: the scheduler spreads, but promises nothing.</summary>
    private static async Task SpreadAsync(Scene scene)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var crowd = (await scene.Pool.PodsAsync())
                .GroupBy(p => p.Node)
                .FirstOrDefault(g => g.Count() > Names.Shards / 2);
            if (crowd is null)
                return;
            await scene.Pool.DeletePodAsync(crowd.First().Ordinal);
            await Calm.WaitAsync(scene);
        }
    }

    private static string SessionBody(int session) =>
        new JsonObject
        {
            ["apiVersion"] = "whatsapp.wa-operator.io/v1alpha1",
            ["kind"] = "WhatsAppSession",
            ["metadata"] = new JsonObject { ["name"] = Names.Session(session) },
            ["spec"] = new JsonObject
            {
                ["tenantRef"] = new JsonObject { ["name"] = "chaos" },
                ["phoneNumber"] = Names.Phone(session),
                ["pool"] = Names.Pool,
            },
        }.ToJsonString();
}
