using System.Text;
using System.Text.Json.Nodes;

namespace WaOperator.Chart.Tests;

/// <summary>Argo CD: the health scripts run by Lua 5.1 over their test data, and the sample Application.</summary>
public sealed class ArgoCdTests
{
    private const string Health = "argocd/health";

    /// <summary>Kind and input of every case in the health_test.yaml files.</summary>
    public static TheoryData<string, string, string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string, string, string>();
            foreach (var kind in Kinds())
            foreach (
                var test in Yaml.Read(Tool.Read($"{Health}/{kind}/health_test.yaml"))[
                    "tests"
                ]!.AsArray()
            )
                data.Add(
                    kind,
                    test!["inputPath"]!.ToString(),
                    test["healthStatus"]!["status"]!.ToString(),
                    test["healthStatus"]!["message"]!.ToString()
                );
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Health_is_told_from_conditions(
        string kind,
        string input,
        string status,
        string message
    )
    {
        var script = $"""
            obj = {Lua(Yaml.Read(Tool.Read($"{Health}/{kind}/{input}")))}
            local health = dofile("{Health}/{kind}/health.lua")
            io.write(health.status, "\n", health.message)
            """;
        (await Tool.RunAsync("lua5.1", script, "-")).Succeeded().ShouldBe($"{status}\n{message}");
    }

    [Fact]
    public void Every_kind_has_its_script_and_all_test_data_is_used()
    {
        Kinds()
            .ShouldBe(
                ["WhatsAppSession", "WhatsAppSessionPool", "WhatsAppTenant", "WhatsAppWebhook"],
                ignoreOrder: true
            );
        foreach (var kind in Kinds())
            Directory
                .GetFiles(Path.Combine(Tool.Root, Health, kind, "testdata"))
                .Select(f => $"testdata/{Path.GetFileName(f)}")
                .ShouldBe(
                    Cases.Where(c => (string)c[0] == kind).Select(c => (string)c[1]),
                    ignoreOrder: true
                );
    }

    [Fact]
    public void Waves_go_definitions_operator_pool_tenants_sessions()
    {
        var waves = ManifestTests
            .Samples()
            .GroupBy(o => o["kind"]!.ToString(), StringComparer.Ordinal)
            .ToDictionary(
                kind => kind.Key,
                kind => kind.Select(Wave).Distinct().ShouldHaveSingleItem(),
                StringComparer.Ordinal
            );
        0.ShouldBeLessThan(waves["WhatsAppSessionPool"]);
        waves["WhatsAppSessionPool"].ShouldBeLessThan(waves["WhatsAppTenant"]);
        waves["WhatsAppTenant"].ShouldBeLessThan(waves["WhatsAppSession"]);
    }

    [Fact]
    public async Task Definitions_come_before_the_operator_and_are_never_pruned()
    {
        var rendered = await Rendered.OfAsync("demo");
        foreach (var o in rendered.Objects)
        {
            var definition = o["kind"]!.ToString() == "CustomResourceDefinition";
            Wave(o).ShouldBe(definition ? -10 : 0, Rendered.Name(o));
            if (definition)
                o["metadata"]!["annotations"]!["argocd.argoproj.io/sync-options"]!
                    .ToString()
                    .ShouldBe("Prune=false,Delete=false");
        }
    }

    [Fact]
    public async Task The_application_is_valid_and_its_folders_are_there()
    {
        var application = Yaml.Read(Tool.Read("argocd/application.yaml"));
        (await Validator.ProblemsAsync([application])).ShouldBeEmpty();
        foreach (var source in application["spec"]!["sources"]!.AsArray())
            Directory.Exists(Path.Combine(Tool.Root, source!["path"]!.ToString())).ShouldBeTrue();
    }

    private static IEnumerable<string> Kinds() =>
        Directory.GetDirectories(Path.Combine(Tool.Root, Health)).Select(d => Path.GetFileName(d)!);

    private static int Wave(JsonObject o) =>
        int.Parse(
            o["metadata"]!["annotations"]?["argocd.argoproj.io/sync-wave"]?.ToString() ?? "0",
            null
        );

    /// <summary>A JSON value as a Lua expression.</summary>
    private static string Lua(JsonNode? node) =>
        node switch
        {
            null => "nil",
            JsonObject o =>
                $"{{{string.Join(", ", o.Select(p => $"[{Quote(p.Key)}] = {Lua(p.Value)}"))}}}",
            JsonArray list => $"{{{string.Join(", ", list.Select(Lua))}}}",
            JsonValue value when value.TryGetValue<string>(out var text) => Quote(text),
            _ => node.ToJsonString(),
        };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var b in Encoding.UTF8.GetBytes(text))
            quoted.Append(
                b is >= 0x20 and < 0x7f and not (byte)'"' and not (byte)'\\'
                    ? ((char)b).ToString()
                    : $"\\{b:000}"
            );
        return quoted.Append('"').ToString();
    }
}
