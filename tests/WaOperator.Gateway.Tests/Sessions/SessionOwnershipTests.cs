using System.Text.Json.Nodes;
using WaOperator.Gateway.Sessions;

namespace WaOperator.Gateway.Tests.Sessions;

public sealed class SessionOwnershipTests
{
    private static readonly ResourceField State = new("spec", "state");
    private static readonly ResourceField Method = new("spec", "pairing", "method");
    private static readonly ResourceField Pair = new(
        "metadata",
        "annotations",
        "whatsapp.wa-operator.io/pair"
    );

    public static TheoryData<string, string?> Cases() =>
        new()
        {
            { "{}", null },
            { """{"labels":{"app.kubernetes.io/managed-by":"wa-gateway"}}""", null },
            { """{"labels":{"app.kubernetes.io/managed-by":"Helm"}}""", "Helm" },
            {
                """{"annotations":{"meta.helm.sh/release-name":"chat","meta.helm.sh/release-namespace":"acme"}}""",
                "Helm (release acme/chat)"
            },
            { """{"annotations":{"meta.helm.sh/release-name":"chat"}}""", "Helm (release chat)" },
            {
                """{"annotations":{"argocd.argoproj.io/tracking-id":"shop:whatsapp.wa-operator.io/WhatsAppSession:acme/s"}}""",
                "Argo CD (application shop)"
            },
            // Argo CD renders charts of Helm, whose label they carry.
            {
                """{"labels":{"app.kubernetes.io/managed-by":"Helm"},"annotations":{"argocd.argoproj.io/tracking-id":"shop:x"}}""",
                "Argo CD (application shop)"
            },
            // Many set this label; Argo CD's hand is seen by what it wrote.
            { """{"labels":{"app.kubernetes.io/instance":"shop"}}""", null },
            {
                """{"labels":{"app.kubernetes.io/instance":"shop"},"managedFields":[{"manager":"argocd-application-controller","operation":"Update","fieldsV1":{}}]}""",
                "Argo CD (application shop)"
            },
            { """{"labels":{"kustomize.toolkit.fluxcd.io/name":"apps"}}""", "Flux (apps)" },
            {
                """{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"a"},{"apiVersion":"x/v1","kind":"Shop","name":"b","controller":true}]}""",
                "Shop b"
            },
            {
                """{"managedFields":[{"manager":"terraform","operation":"Apply","fieldsV1":{"f:spec":{"f:state":{}}}}]}""",
                "the field manager terraform"
            },
            // It declares another field, it wrote the field once, it is the operator or the gateway itself.
            {
                """{"managedFields":[{"manager":"terraform","operation":"Apply","fieldsV1":{"f:spec":{"f:pool":{}}}}]}""",
                null
            },
            {
                """{"managedFields":[{"manager":"kubectl-edit","operation":"Update","fieldsV1":{"f:spec":{"f:state":{}}}}]}""",
                null
            },
            {
                """{"managedFields":[{"manager":"wa-operator","operation":"Apply","fieldsV1":{"f:spec":{"f:state":{}}}},{"manager":"wa-gateway","operation":"Apply","fieldsV1":{"f:spec":{"f:state":{}}}}]}""",
                null
            },
            {
                """{"managedFields":[{"manager":"x","operation":"Apply","subresource":"status","fieldsV1":{"f:spec":{"f:state":{}}}}]}""",
                null
            },
            { """{"managedFields":[{"manager":"x","operation":"Apply"},{}]}""", null },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Who_manages_a_session_is_seen_by_what_programs_leave_on_it(
        string meta,
        string? owner
    ) => SessionOwnership.OwnerOf(Meta(meta), State).ShouldBe(owner);

    [Fact]
    public void A_mark_for_a_new_round_conflicts_only_with_a_manager_that_declares_it()
    {
        var argo = Meta("""{"annotations":{"argocd.argoproj.io/tracking-id":"shop:x"}}""");
        SessionOwnership.OwnerOf(argo, Pair).ShouldBeNull();
        SessionOwnership.OwnerOf(argo, Pair, Method).ShouldBe("Argo CD (application shop)");
        SessionOwnership
            .OwnerOf(
                Meta(
                    """{"managedFields":[{"manager":"gitops","operation":"Apply","fieldsV1":{"f:metadata":{"f:annotations":{"f:whatsapp.wa-operator.io/pair":{}}}}}]}"""
                ),
                Pair
            )
            .ShouldBe("the field manager gitops");
    }

    [Fact]
    public void A_deletion_touches_every_field_of_the_spec() =>
        SessionOwnership
            .OwnerOf(
                Meta(
                    """{"managedFields":[{"manager":"terraform","operation":"Apply","fieldsV1":{"f:spec":{"f:pool":{}}}}]}"""
                ),
                new ResourceField("spec")
            )
            .ShouldBe("the field manager terraform");

    private static ManagedMeta Meta(string json) =>
        System
            .Text.Json.JsonSerializer.Deserialize(
                new JsonObject { ["metadata"] = JsonNode.Parse(json) }.ToJsonString(),
                SessionResourceJson.Default.SessionResource
            )!
            .Metadata;
}
