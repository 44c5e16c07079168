using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.Resources.Tests.Schemas;
using WaOperator.Testing;

namespace WaOperator.Resources.Tests;

/// <summary>A real API server with the definitions of crds/ judges as the operator's validation does.</summary>
public sealed class ApiServerTests(ApiServerTests.Definitions definitions)
    : IClassFixture<ApiServerTests.Definitions>
{
    /// <summary>A server with the definitions.</summary>
    public sealed class Definitions : IAsyncLifetime
    {
        public ApiServer Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await ApiServer.StartAsync();
            var folder = Path.Combine(AppContext.BaseDirectory, "crds");
            // Servers before 1.25 do not know the relations, and drop them.
            await Server.KubectlAsync("", "apply", "--validate=false", "-f", folder);
            await Server.KubectlAsync(
                "",
                "wait",
                "--for=condition=Established",
                "--timeout=30s",
                "crd",
                "--all"
            );
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task The_examples_are_accepted_and_come_back_with_every_field(string plural)
    {
        foreach (var example in Crd.Of(plural).Examples())
        {
            using var answer = await CreateAsync(plural, example);
            var text = await answer.Content.ReadAsStringAsync();
            answer.StatusCode.ShouldBe(HttpStatusCode.Created, text);
            // What the schema does not know would be dropped; what it adds are defaults.
            Missing(example["spec"]!, JsonNode.Parse(text)!["spec"], "spec").ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task Every_broken_rule_is_refused_where_it_is_broken(string plural)
    {
        var accepted = new List<string>();
        foreach (var mutation in Mutation.Of(Crd.Of(plural)))
        {
            using var answer = await CreateAsync(plural, mutation.Broken);
            var text = await answer.Content.ReadAsStringAsync();
            if (
                answer.StatusCode != HttpStatusCode.UnprocessableEntity
                || !text.Contains(mutation.Path.Split('[')[0], StringComparison.Ordinal)
            )
                accepted.Add($"{mutation.Name}: {answer.StatusCode} {text}");
        }
        accepted.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task What_is_left_out_gets_the_defaults_that_the_types_have(string plural)
    {
        var crd = Crd.Of(plural);
        var least = crd.Examples()[0];
        foreach (var field in least["spec"]!.AsObject().Select(p => p.Key).ToList())
            if (!crd.Schema["spec"].RequiredNames.Contains(field, StringComparer.Ordinal))
                least["spec"]!.AsObject().Remove(field);

        using var answer = await CreateAsync(plural, least);

        var got = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["spec"]!;
        Missing(crd.Written(least)["spec"]!, got, "spec").ShouldBeEmpty();
        Missing(got, crd.Written(least)["spec"], "spec").ShouldBeEmpty();
    }

    private Task<HttpResponseMessage> CreateAsync(string plural, JsonObject o) =>
        definitions.Server.Admin.PostAsJsonAsync(
            $"/apis/{WhatsAppApi.ApiVersion}/namespaces/default/{plural}?dryRun=All",
            o
        );

    /// <summary>Paths in <paramref name="wanted"/> that are missing or other in <paramref name="got"/>.</summary>
    private static IEnumerable<string> Missing(JsonNode wanted, JsonNode? got, string path) =>
        wanted switch
        {
            JsonObject o => o.SelectMany(p => Missing(p.Value!, got?[p.Key], $"{path}.{p.Key}")),
            JsonArray list => list.SelectMany(
                (item, i) =>
                    Missing(item!, got is JsonArray l && i < l.Count ? l[i] : null, $"{path}[{i}]")
            ),
            _ when got?.ToString() == wanted.ToString() => [],
            _ => [$"{path}: {wanted} became {got?.ToJsonString() ?? "nothing"}"],
        };
}
