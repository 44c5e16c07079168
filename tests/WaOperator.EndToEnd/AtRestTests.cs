using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>Cost is a feature: a cluster at rest is not written to.</summary>
[Collection(nameof(Demo))]
public sealed class AtRestTests(Demo demo)
{
    [SkippableFact]
    public async Task At_rest_the_audit_log_shows_no_write_of_ours_but_the_leaders_Lease()
    {
        Skip.If(demo.Existing, "there is no audit log of an existing cluster to read");
        await demo.WaitAllConnectedAsync();
        var path = (await Demo.HackAsync("cluster", "audit"))
            .Succeeded("hack/cluster audit")
            .Out.Trim();
        // What the tests before this one left to be done settles first: statuses, a pool that is rebalanced only once it has been
        // uneven for a while, and the time of a webhook's last success, which is shown a minute later at most.
        await Eventually.True(
            "the shards are even and 70 s pass without a write but the Lease",
            async () =>
            {
                if (!await IsEvenAsync())
                    return false;
                var quiet = new FileInfo(path).Length;
                try
                {
                    await Steadily.Holds(
                        "nothing is written",
                        TimeSpan.FromSeconds(70),
                        () => Task.FromResult(FirstWrite(path, quiet))
                    );
                    return true;
                }
                catch (InvalidOperationException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(360)
        );

        var before = await StatusesAsync();
        var from = new FileInfo(path).Length;
        await Steadily.Holds(
            "nothing but the Lease is written",
            TimeSpan.FromSeconds(30),
            async () =>
                FirstWrite(path, from) is { } write
                    ? $"{write}\nbefore: {before}\nafter:  {await StatusesAsync()}"
                    : null
        );
        Writes(path, from)
            .ShouldNotBeEmpty("the Lease itself is seen, so the log is the right one");
    }

    private async Task<bool> IsEvenAsync()
    {
        var pool = (await demo.ListAsync("whatsappsessionpools", Demo.Release)).Single();
        var loads = new int[(int)pool["status"]!["shards"]!["desired"]!];
        foreach (var session in await demo.ListAsync("whatsappsessions"))
            if ((int?)session["status"]!["shard"] is { } shard && shard < loads.Length)
                loads[shard]++;
        return loads.Max() - loads.Min() <= 1;
    }

    private async Task<string> StatusesAsync() =>
        string.Join(
            '\n',
            (await demo.ListAsync("whatsappsessions")).Select(s => s["status"]!.ToJsonString())
        );

    private static string? FirstWrite(string path, long from) =>
        Writes(path, from).FirstOrDefault(w => !w.StartsWith("leases", StringComparison.Ordinal));

    private static List<string> Writes(string path, long from)
    {
        using var file = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        file.Seek(from, SeekOrigin.Begin);
        using var reader = new StreamReader(file);
        var writes = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.EndsWith('}') || JsonNode.Parse(line) is not { } entry)
                continue;
            var user = (string?)entry["user"]?["username"];
            var verb = (string?)entry["verb"];
            if (
                user?.StartsWith($"system:serviceaccount:{Demo.Release}:", StringComparison.Ordinal)
                    == true
                && verb is "create" or "update" or "patch" or "delete"
            )
                writes.Add($"{entry["objectRef"]?["resource"]} {verb} {entry["requestURI"]}");
        }
        return writes;
    }
}
