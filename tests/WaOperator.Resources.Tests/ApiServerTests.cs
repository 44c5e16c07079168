using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WaOperator.Resources.Tests.Schemas;
using WaOperator.Testing;

namespace WaOperator.Resources.Tests;

/// <summary>The API server that all tests use.</summary>
public sealed class ApiServerTests(JudgingServer.Definitions definitions)
    : JudgingServer(definitions),
        IClassFixture<JudgingServer.Definitions>;

/// <summary>A real API server with the definitions of crds/ judges as the operator's validation does.</summary>
public abstract partial class JudgingServer(JudgingServer.Definitions definitions)
{
    /// <summary>A server with the definitions.</summary>
    public class Definitions : IAsyncLifetime
    {
        private ApiServer? _server;

        /// <summary>Skips the test that asks for it where it cannot be had.</summary>
        public ApiServer Server
        {
            get
            {
                Skip.If(WhyNot is not null, WhyNot);
                return _server!;
            }
        }

        /// <summary>Why there is no such server; null where there is one.</summary>
        protected virtual string? WhyNot => null;

        protected virtual Task<ApiServer> StartAsync() => ApiServer.StartAsync();

        public async Task InitializeAsync()
        {
            if (WhyNot is not null)
                return;
            _server = await StartAsync();
            var folder = Path.Combine(AppContext.BaseDirectory, "crds");
            // Servers before 1.25 do not know the relations, and drop them.
            await Server.KubectlAsync("", "apply", "--validate=false", "-f", folder);
            await Server.EstablishedAsync();
        }

        public async Task DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }

    [SkippableTheory]
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

    [SkippableTheory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task The_server_and_the_validation_refuse_the_same(string plural)
    {
        var crd = Crd.Of(plural);
        var known = Relation
            .Of(crd)
            .Select(r => new Violation(r.Schema.Path, r.Message))
            .ToHashSet();
        var differ = new ConcurrentBag<string>();
        var verdicts = new ConcurrentDictionary<string, ConcurrentDictionary<bool, bool>>();
        await Parallel.ForEachAsync(
            Trial.Of(crd),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (trial, ct) =>
            {
                var server = await RefusedByServerAsync(crd, trial.Object);
                var operators = Refused(crd, trial, known);
                foreach (var attempt in trial.Attempts)
                {
                    var (there, here) = (Take(server, attempt), Take(operators, attempt));
                    verdicts.GetOrAdd(attempt.Border, _ => new())[there] = true;
                    if (there != here)
                        differ.Add(
                            $"{attempt.Border} {attempt.Value}: {(there ? "only the server" : "only the validation")} refuses"
                        );
                }
                foreach (var path in server.Concat(operators))
                    differ.Add(
                        $"{trial.Attempts[0].Border}: {path} is refused, where nothing was tried"
                    );
            }
        );
        differ.Order(StringComparer.Ordinal).Take(50).ShouldBeEmpty($"{differ.Count} differ");
        verdicts
            .Where(v => v.Value.Count < 2 && IsTwoSided(v.Key))
            .Select(v => v.Key)
            .ShouldBeEmpty("tried on one side only");
    }

    [SkippableTheory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task What_is_left_out_gets_the_defaults_that_the_types_have(string plural)
    {
        var crd = Crd.Of(plural);
        foreach (var sparse in Sparse(crd))
        {
            using var answer = await CreateAsync(plural, sparse);
            var text = await answer.Content.ReadAsStringAsync();
            answer.StatusCode.ShouldBe(HttpStatusCode.Created, text);
            var got = JsonNode.Parse(text)!["spec"]!;
            var written = crd.Written(sparse)["spec"]!;
            Missing(written, got, "spec").ShouldBeEmpty(sparse.ToJsonString());
            Missing(got, written, "spec").ShouldBeEmpty(sparse.ToJsonString());
            Missing(got, Defaults.Filled(crd, sparse)["spec"], "spec").ShouldBeEmpty();
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task A_server_that_knows_relations_judges_them_as_they_are_read_here(string plural)
    {
        var crd = Crd.Of(plural);
        Skip.If(
            Relation.Of(crd).Count > 0 && !await KnowsRelationsAsync(plural),
            "the API server is older than 1.25"
        );
        foreach (var relation in Relation.Of(crd))
        foreach (var of in relation.Cases())
        {
            using var answer = relation.IsOfChange
                ? await ChangeAsync(plural, of)
                : await CreateAsync(plural, of.Now);
            var text = await answer.Content.ReadAsStringAsync();
            text.Contains(relation.Message, StringComparison.Ordinal)
                .ShouldBe(!relation.Holds(of), $"{relation}: {of.Now.ToJsonString()}: {text}");
        }
    }

    private async Task<bool> KnowsRelationsAsync(string plural)
    {
        var text = await definitions.Server.Admin.GetStringAsync(
            $"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{WhatsAppApi.Group}"
        );
        // Of the object itself: an annotation of kubectl keeps what was applied.
        return JsonNode.Parse(text)!["spec"]!
            .ToJsonString()
            .Contains("x-kubernetes-validations", StringComparison.Ordinal);
    }

    /// <summary>Makes the one object and asks whether it may become the other.</summary>
    private async Task<HttpResponseMessage> ChangeAsync(string plural, Relation.Case of)
    {
        var objects = $"/apis/{WhatsAppApi.ApiVersion}/namespaces/default/{plural}";
        var name = $"n{Guid.NewGuid():N}"[..20];
        var (before, now) = (of.Before.DeepClone(), of.Now.DeepClone());
        before["metadata"]!["name"] = name;
        using var made = await definitions.Server.Admin.PostAsJsonAsync(objects, before);
        made.EnsureSuccessStatusCode();
        now["metadata"] = JsonNode.Parse(await made.Content.ReadAsStringAsync())![
            "metadata"
        ]!.DeepClone();
        return await definitions.Server.Admin.PutAsJsonAsync($"{objects}/{name}?dryRun=All", now);
    }

    [SkippableTheory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public async Task Names_that_Kubernetes_takes_are_judged_alike(string plural)
    {
        var crd = Crd.Of(plural);
        var name = crd.Schema["metadata"]["name"];
        var verdicts = new HashSet<bool>();
        foreach (
            var value in Values.Of(name, "example").Where(v => ObjectName().IsMatch(v.ToString()))
        )
        {
            var example = crd.Examples()[0];
            name.Put(example, value);
            var there = (await RefusedByServerAsync(crd, example)).Contains(name.Path);
            crd.Validate(example).Any(v => v.Path == name.Path).ShouldBe(there, value.ToString());
            verdicts.Add(there);
        }
        verdicts.Count.ShouldBe(2);
    }

    /// <summary>The least that is valid; and beside it each object that may be empty.</summary>
    private static IEnumerable<JsonObject> Sparse(Crd crd)
    {
        var spec = crd.Schema["spec"];
        var least = crd.Examples()[0];
        foreach (var field in least["spec"]!.AsObject().Select(p => p.Key).ToList())
            if (!spec.RequiredNames.Contains(field, StringComparer.Ordinal))
                least["spec"]!.AsObject().Remove(field);
        yield return least;
        foreach (var field in spec.Properties)
            if (field is { Type: "object", Required: false, RequiredNames.Count: 0 })
            {
                var with = least.DeepClone().AsObject();
                with["spec"]![field.Name] = new JsonObject();
                yield return with;
            }
    }

    private static bool IsTwoSided(string border) =>
        border.EndsWith(": value", StringComparison.Ordinal)
        || border.Contains(": max", StringComparison.Ordinal);

    /// <summary>Takes out what is told of an attempt.</summary>
    private static bool Take(HashSet<string> refused, Attempt attempt) =>
        refused.RemoveWhere(path =>
            path == attempt.Path || path.StartsWith($"{attempt.Path}.", StringComparison.Ordinal)
        ) > 0;

    /// <summary>What the server refuses, relations aside.</summary>
    private async Task<HashSet<string>> RefusedByServerAsync(Crd crd, JsonObject o)
    {
        using var answer = await CreateAsync(crd.Plural, o);
        if (answer.StatusCode == HttpStatusCode.Created)
            return [];
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity, text);
        var relations = Relation.Of(crd).Select(r => r.Message).ToList();
        return JsonNode.Parse(text)!["details"]!["causes"]!
            .AsArray()
            .Where(c => c!["field"]!.ToString() != Companion && !TakesEmptyForNone(c!))
            .Where(c => !relations.Exists(c!["message"]!.ToString().EndsWith))
            .Select(c => Trial.Path(crd, c!["field"]!.ToString()))
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The place of a remark that comes with others: of an anyOf, or that some rules were not checked for them.</summary>
    private const string Companion = "<nil>";

    /// <summary>Old servers do, whatever the schema says (kubernetes 1.20: an empty text has no type).</summary>
    private static bool TakesEmptyForNone(JsonNode cause) =>
        cause["message"]!
            .ToString()
            .StartsWith("Invalid value: \"null\"", StringComparison.Ordinal);

    /// <summary>What the operator refuses, relations aside: in reading it, or in checking it.</summary>
    private static HashSet<string> Refused(Crd crd, Trial trial, HashSet<Violation> relations)
    {
        var unreadable = new HashSet<string>(StringComparer.Ordinal);
        while (true)
            try
            {
                return crd.Validate(trial.Object)
                    .Where(v => !relations.Contains(v))
                    .Select(v => Trial.Path(crd, v.Path))
                    .Concat(unreadable)
                    .ToHashSet(StringComparer.Ordinal);
            }
            catch (JsonException e)
            {
                var path = Trial.Path(crd, e.Path!["$.".Length..]);
                unreadable.Add(path).ShouldBeTrue(e.Message);
                // A list has the path of its items: it is put back as a whole.
                var field = crd.Schema.Walk().First(s => Trial.Path(s) == path);
                field.Put(trial.Object, field.In(trial.Example)!.DeepClone());
            }
    }

    private Task<HttpResponseMessage> CreateAsync(string plural, JsonObject o) =>
        definitions.Server.Admin.PostAsJsonAsync(
            $"/apis/{WhatsAppApi.ApiVersion}/namespaces/default/{plural}?dryRun=All",
            o
        );

    /// <summary>What Kubernetes asks of the name of any object of a definition.</summary>
    [GeneratedRegex(
        @"^(?=.{1,253}\z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ObjectName();

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
