using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Gateway.Tests.Description;

/// <summary>
/// Makes one document of what gateway and pods say of their endpoints, and of the overlay: what no code says, such as examples. Pure.
/// </summary>
internal sealed class ApiDocument
{
    private const string Problem = "application/problem+json";
    private const string Json = "application/json";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _overlay;
    private readonly IReadOnlyDictionary<string, string?> _scopes;
    private readonly JsonObject _paths = [];
    private readonly JsonObject _schemas = [];
    private readonly JsonObject _problems = [];
    private JsonObject _webhooks = [];

    private ApiDocument(JsonObject overlay, IReadOnlyDictionary<string, string?> scopes) =>
        (_overlay, _scopes) = (overlay, scopes);

    /// <summary>The document as text.</summary>
    /// <param name="gateway">What the gateway says.</param>
    /// <param name="pod">What pods say.</param>
    /// <param name="overlay">What is laid over both.</param>
    /// <param name="scopes">The scopes of operations, null for those that any key may ask for; those that are not in it need no key.</param>
    public static string Make(
        JsonObject gateway,
        JsonObject pod,
        JsonObject overlay,
        IReadOnlyDictionary<string, string?> scopes
    )
    {
        var made = new ApiDocument(overlay, scopes);
        made.Take(gateway);
        made.Take(pod);
        made.TakeWebhooks(pod);
        return made.Finish().ToJsonString(Readable) + "\n";
    }

    private void Take(JsonObject document)
    {
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
            if (_schemas[name] is not { } same)
                _schemas[name] = schema!.DeepClone();
            else
                JsonNode
                    .DeepEquals(same, schema)
                    .ShouldBeTrue($"gateway and pods have different schemas named {name}");
        foreach (var (path, methods) in document["paths"]!.AsObject())
        foreach (var (method, operation) in methods!.AsObject())
        {
            var at = (_paths[path] ??= new JsonObject()).AsObject();
            if (at[method] is JsonObject own)
                // The gateway answers it, but for what it brings to a pod.
                Join(own, operation!);
            else
                at[method] = operation!.DeepClone();
        }
    }

    /// <summary>What pods post is told by pods alone.</summary>
    private void TakeWebhooks(JsonObject pod)
    {
        _webhooks = (JsonObject)pod["webhooks"]!.DeepClone();
        foreach (var (_, methods) in _webhooks)
        foreach (var (_, operation) in methods!.AsObject())
        {
            operation!["tags"] = new JsonArray("webhooks");
            operation["security"] = new JsonArray();
        }
    }

    private static void Join(JsonObject own, JsonNode pods)
    {
        var mine = own["responses"]!["200"]!["content"]![Json]!.AsObject();
        var theirs = pods["responses"]!["200"]!["content"]![Json]!["schema"]!;
        mine["schema"] = new JsonObject
        {
            ["anyOf"] = new JsonArray(theirs.DeepClone(), mine["schema"]!.DeepClone()),
        };
    }

    private JsonObject Finish()
    {
        var given = _overlay["operations"]!.AsObject();
        var unknown = given.Select(o => o.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, methods) in _paths)
        foreach (var (_, operation) in methods!.AsObject())
        {
            var id = (string)operation!["operationId"]!;
            Finish(path, id, operation.AsObject(), given[id]?.AsObject() ?? []);
            unknown.Remove(id);
        }
        unknown.ShouldBeEmpty("overlay.json names operations that there are not");
        _problems["Problem"] = Refusal("Refused; the detail says what to do.");
        var components = new JsonObject { ["schemas"] = Sorted(_schemas) };
        components["responses"] = Sorted(_problems);
        components["securitySchemes"] = _overlay["components"]!["securitySchemes"]!.DeepClone();
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = _overlay["info"]!.DeepClone(),
            ["servers"] = _overlay["servers"]!.DeepClone(),
            ["security"] = _overlay["security"]!.DeepClone(),
            ["tags"] = _overlay["tags"]!.DeepClone(),
            ["paths"] = Sorted(_paths),
            ["webhooks"] = Sorted(_webhooks),
            ["components"] = components,
        };
    }

    private void Finish(string path, string id, JsonObject operation, JsonObject laidOver)
    {
        operation["tags"] = new JsonArray(TagOf(path));
        var parameters = (operation["parameters"] ??= new JsonArray()).AsArray();
        foreach (var parameter in parameters.OfType<JsonObject>())
            if (_overlay["parameters"]![(string)parameter["name"]!] is { } says)
                parameter["description"] = (string)says!;
        foreach (var more in laidOver["parameters"]?.AsArray() ?? [])
            parameters.Add(more!.DeepClone());
        if (parameters.Count == 0)
            operation.Remove("parameters");
        foreach (var (key, value) in laidOver)
            if (key != "parameters")
                operation[key] = Patch(operation[key], value);
        var hasKey = _scopes.TryGetValue(id, out var scope);
        if (hasKey)
            operation["description"] = (
                $"{operation["description"]} "
                + (scope is null ? "Any key will do." : $"The key needs the scope {scope}.")
            ).Trim();
        else
            operation["security"] = new JsonArray();
        Refuse(operation["responses"]!.AsObject(), hasKey);
    }

    /// <summary>One response for each status of problems, which all operations point to.</summary>
    private void Refuse(JsonObject responses, bool hasKey)
    {
        // Errors of another shape are all told by the operation itself.
        if (responses["401"]?["content"]?[Json] is not null)
        {
            responses["default"] = responses["400"]!.DeepClone();
            return;
        }
        if (hasKey)
            responses["401"] ??= Refusal("Unauthorized");
        foreach (var (status, response) in responses.ToArray())
        {
            if (response!["content"]?[Problem] is null)
                continue;
            _problems[$"Problem{status}"] ??= Refusal((string)response["description"]!);
            responses[status] = Reference($"responses/Problem{status}");
        }
        responses["default"] = Reference("responses/Problem");
        foreach (
            var (status, response) in responses
                .OrderBy(r => r.Key, StringComparer.Ordinal)
                .ToArray()
        )
        {
            responses.Remove(status);
            responses[status] = response;
        }
    }

    private static JsonObject Refusal(string description) =>
        new()
        {
            ["description"] = description,
            ["content"] = new JsonObject
            {
                [Problem] = new JsonObject { ["schema"] = Reference("schemas/Problem") },
            },
        };

    private static JsonObject Reference(string to) => new() { ["$ref"] = $"#/components/{to}" };

    private static string TagOf(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts is ["v1", "sessions", ..]
                ? parts.ElementAtOrDefault(4) switch
                {
                    null or "stop" or "start" or "logout" or "pairing" => "sessions",
                    "blocks" => "contacts",
                    "limits" => "messages",
                    "read" or "typing" or "presence" or "profile" or "privacy" => "account",
                    var other => other,
                }
            : parts is ["v1", "pairing", ..] ? "sessions"
            : parts is ["cloud", ..] ? "cloud"
            : parts[1];
    }

    /// <summary>A JSON merge patch (RFC 7396).</summary>
    private static JsonNode? Patch(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target is JsonObject before ? (JsonObject)before.DeepClone() : [];
        foreach (var (key, value) in changes)
            if (value is null)
                result.Remove(key);
            else
                result[key] = Patch(result[key], value);
        return result;
    }

    private static JsonObject Sorted(JsonObject from) =>
        new(
            from.OrderBy(m => m.Key, StringComparer.Ordinal)
                .Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))
        );
}
