using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Hosting;

/// <summary>
/// Takes the operator's finalizers off everything: run after the operator was removed, so that nothing waits for it for
/// ever. Rows and keys in the database stay.
/// </summary>
internal static class FinalizerRelease
{
    /// <summary>The verb on the command line.</summary>
    public const string Verb = "release-finalizers";

    /// <summary>Releases all objects of the given namespaces, or of all.</summary>
    /// <returns>How many objects were released.</returns>
    public static async Task<int> RunAsync(
        IKubernetes client,
        IReadOnlyList<string> namespaces,
        CancellationToken ct
    ) =>
        await ReleaseAsync<WhatsAppSession>(client, WhatsAppFinalizers.Session, namespaces, ct)
        + await ReleaseAsync<WhatsAppTenant>(client, WhatsAppFinalizers.Tenant, namespaces, ct)
        + await ReleaseAsync<WhatsAppSessionPool>(client, WhatsAppFinalizers.Pool, namespaces, ct);

    private static async Task<int> ReleaseAsync<T>(
        IKubernetes client,
        string finalizer,
        IReadOnlyList<string> namespaces,
        CancellationToken ct
    )
        where T : class, IKubernetesObject<T>
    {
        var released = 0;
        foreach (var ns in namespaces.Count == 0 ? [null] : namespaces.Cast<string?>())
        {
            var token = default(string);
            do
            {
                var page = await client.ListAsync<T>(
                    ns,
                    new ListOptions { Limit = 500, Continue = token },
                    ct
                );
                foreach (var obj in page.Items.Where(o => o.Metadata.HasFinalizer(finalizer)))
                {
                    await client.RemoveFinalizerAsync(obj, finalizer, ct);
                    released++;
                }
                token = page.Metadata.Continue;
            } while (!string.IsNullOrEmpty(token));
        }
        return released;
    }
}
