using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace WaOperator.Chart.Tests;

/// <summary>The npm package kubernetes-models and its kin, which hold the schemas of current versions.</summary>
internal static class Validator
{
    private const string Folder = "tests/WaOperator.Chart.Tests/validator";
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>One line for each object that is wrong.</summary>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(IEnumerable<JsonObject> objects)
    {
        await Installed.Value;
        var input = new JsonArray([.. objects.Select(o => o.DeepClone())]).ToJsonString();
        var answer = await Tool.RunAsync("node", input, $"{Folder}/validate.mjs");
        return answer.Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task InstallAsync()
    {
        var stamp = Path.Combine(Tool.Root, Folder, "node_modules", ".installed");
        var wanted = Convert.ToHexString(
            SHA256.HashData(
                await File.ReadAllBytesAsync(Path.Combine(Tool.Root, Folder, "package-lock.json"))
            )
        );
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;
        (
            await Tool.RunAsync(
                "npm",
                "",
                ["ci", "--prefix", Folder, "--ignore-scripts", "--no-audit", "--no-fund"]
            )
        ).Succeeded();
        await File.WriteAllTextAsync(stamp, wanted);
    }
}
