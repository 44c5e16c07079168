using System.Text.Json.Nodes;
using WaOperator.Resources.Tests.Schemas;

namespace WaOperator.Resources.Tests;

/// <summary>The CEL rules of the schemas: relations between fields, and between an object and what it was before.</summary>
public sealed class RelationTests
{
    /// <summary>Kind, where the rule stands, its message, and a change of the example that breaks it.</summary>
    public static TheoryData<string, string, string, string> Broken =>
        new()
        {
            {
                "whatsappsessionpools",
                "spec.shards",
                "max must not be less than min",
                """{"spec":{"shards":{"min":3,"max":2}}}"""
            },
            {
                "whatsappsessionpools",
                "spec.lease",
                "renewSeconds must be less than actSeconds",
                """{"spec":{"lease":{"renewSeconds":14}}}"""
            },
            {
                "whatsappsessionpools",
                "spec.lease",
                "actSeconds must be less than ttlSeconds",
                """{"spec":{"lease":{"actSeconds":20}}}"""
            },
            {
                "whatsappsessionpools",
                "spec.lease",
                "silentSeconds must not be less than ttlSeconds",
                """{"spec":{"lease":{"silentSeconds":19}}}"""
            },
            {
                "whatsappsessionpools",
                "spec.whatsapp",
                "rootKey and rootKeySecretRef exclude each other",
                """{"spec":{"whatsapp":{"rootKeySecretRef":{"name":"a","key":"b"}}}}"""
            },
            {
                "whatsappsessionpools",
                "spec",
                "redisCaSecretRef needs redisSecretRef",
                """{"spec":{"redisSecretRef":null}}"""
            },
            {
                "whatsappsessions",
                "spec.tenantRef",
                "tenantRef is immutable; delete the session and create it anew for another tenant",
                """{"spec":{"tenantRef":{"name":"another"}}}"""
            },
            {
                "whatsappsessions",
                "spec.phoneNumber",
                "phoneNumber is immutable; delete the session and create it anew for another phone",
                """{"spec":{"phoneNumber":"491709999999"}}"""
            },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_relation_is_reported_in_the_words_of_the_schema(
        string plural,
        string path,
        string message,
        string change
    )
    {
        var crd = Crd.Of(plural);
        var before = crd.Examples()[0];
        var now = Merged(before, change);
        crd.Update(before, now).ShouldBe([new Violation(path, message)]);
    }

    [Fact]
    public void Every_relation_of_the_schemas_is_tested_here()
    {
        var inSchemas =
            from crd in Crd.All
            from schema in crd.Schema.Walk()
            from rule in schema.Node["x-kubernetes-validations"]?.AsArray() ?? []
            select $"{crd} {schema.Path}: {rule!["message"]}";
        var tested = Broken.Select(row => $"{row[0]} {row[1]}: {row[2]}");
        inSchemas.Order(StringComparer.Ordinal).ShouldBe(tested.Order(StringComparer.Ordinal));
    }

    /// <summary>A JSON merge patch without deletions.</summary>
    internal static JsonObject Merged(JsonObject target, string change)
    {
        var merged = target.DeepClone().AsObject();
        Merge(merged, JsonNode.Parse(change)!.AsObject());
        return merged;
    }

    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (name, value) in change)
            if (value is JsonObject inner && target[name] is JsonObject existing)
                Merge(existing, inner);
            else
                target[name] = value?.DeepClone();
    }
}
