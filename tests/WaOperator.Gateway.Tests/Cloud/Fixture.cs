using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>Examples in files: what programs post, and what is to become of it.</summary>
internal static class Fixture
{
    /// <summary>The examples of a file.</summary>
    public static IReadOnlyList<JsonObject> Read(string name) =>
        [
            .. JsonNode
                .Parse(
                    File.ReadAllText(
                        Path.Combine(
                            KubernetesBinaries.RepositoryRoot(),
                            $"tests/WaOperator.Gateway.Tests/Cloud/Fixtures/{name}.json"
                        )
                    )
                )!
                .AsArray()
                .Select(e => e!.AsObject()),
        ];
}
