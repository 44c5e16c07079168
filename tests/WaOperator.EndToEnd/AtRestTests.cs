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
        // Statuses that follow the tests before this one settle first.
        await Eventually.True(
            "ten seconds pass without a write but the Lease",
            async () =>
            {
                var quiet = new FileInfo(path).Length;
                try
                {
                    await Steadily.Holds(
                        "nothing is written",
                        TimeSpan.FromSeconds(10),
                        () => Task.FromResult(FirstWrite(path, quiet))
                    );
                    return true;
                }
                catch (InvalidOperationException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(120)
        );

        var from = new FileInfo(path).Length;
        await Steadily.Holds(
            "nothing but the Lease is written",
            TimeSpan.FromSeconds(30),
            () => Task.FromResult(FirstWrite(path, from))
        );
        Writes(path, from)
            .ShouldNotBeEmpty("the Lease itself is seen, so the log is the right one");
    }

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
