using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Sessions;

/// <summary>A real API server with the resources, and a gateway's account with the rights that its chart gives it.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    // What the chart gives the gateway: keep both alike.
    private const string Rights = """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: wa-gateway }
        rules:
        - apiGroups: [whatsapp.wa-operator.io]
          resources: [whatsappsessions]
          verbs: [get, list, create, patch, delete]
        - apiGroups: [whatsapp.wa-operator.io]
          resources: [whatsapptenants]
          verbs: [get]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: { name: wa-gateway }
        roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: wa-gateway }
        subjects:
        - { kind: User, apiGroup: rbac.authorization.k8s.io, name: gateway }
        """;

    public ApiServer Server { get; private set; } = null!;

    /// <summary>The gateway's kubeconfig.</summary>
    public string Kubeconfig { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        var token = Server.AddToken("gateway", "tenants");
        await Server.StartAgainAsync();
        var crds = Path.Combine(KubernetesBinaries.RepositoryRoot(), "crds");
        // Servers before 1.25 do not know the relations, and drop them.
        await Server.KubectlAsync("", "apply", "--validate=false", "-f", crds);
        await Server.EstablishedAsync();
        await Server.KubectlAsync(Rights, "apply", "-f", "-");
        Kubeconfig = await Server.WriteKubeconfigAsync(token);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
