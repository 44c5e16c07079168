namespace WaOperator.EndToEnd;

/// <summary>Resources as a user would write them.</summary>
internal static class Yaml
{
    public static string Session(string name, string tenant, string phone, string more = "") =>
        $$"""
            apiVersion: whatsapp.wa-operator.io/v1alpha1
            kind: WhatsAppSession
            metadata: {name: "{{name}}", namespace: {{Demo.Samples}}}
            spec: {tenantRef: {name: "{{tenant}}"}, phoneNumber: "{{phone}}"{{(
                more.Length == 0 ? "" : ", " + more
            )}}}
            """;

    public static string Tenant(string name, string ns) =>
        $$"""
            apiVersion: whatsapp.wa-operator.io/v1alpha1
            kind: WhatsAppTenant
            metadata: {name: "{{name}}", namespace: {{ns}}}
            spec: {displayName: "{{name}}"}
            """;
}
