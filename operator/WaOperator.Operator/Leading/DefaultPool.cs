using System.Text.Json;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;
using WaOperator.Resources;

namespace WaOperator.Operator.Leading;

/// <summary>
/// Makes the pool that the chart declares. The chart cannot hold it itself, since Helm looks up a kind before it has
/// installed its definition; the ConfigMap owns the pool, so that it goes with the release.
/// </summary>
internal sealed class DefaultPool(LeaderTools with) : IRunnable
{
    private readonly OwnedObjects _owned = new(with.Client);

    /// <inheritdoc/>
    public string Name => "default pool";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        // The chart restarts the operator when the ConfigMap changes, so one success is enough.
        await Retry.UntilAsync(
            Name,
            MakeAsync,
            with.Loggers.CreateLogger<DefaultPool>(),
            with.Time,
            ct
        );
        await Task.Delay(Timeout.Infinite, ct);
    }

    private async Task MakeAsync(CancellationToken ct)
    {
        var ns = with.Options.Pod.Namespace;
        if (with.Options.DefaultPool.ConfigMap is not { Length: > 0 } name)
            return;
        if (await with.Client.GetAsync<ConfigMap>(name, ns, ct) is not { } config)
            throw new InvalidOperationException(
                $"there is no ConfigMap {name} in namespace {ns} although WA__DefaultPool__ConfigMap names it"
            );
        var pool = Read(config);
        await _owned.EnsureAsync(with.Caches.Pools.Store.Get(ns, pool.Metadata.Name!), pool, ct);
    }

    private static WhatsAppSessionPool Read(ConfigMap config)
    {
        if (
            config.Data?.GetValueOrDefault("name") is not { Length: > 0 } name
            || config.Data.GetValueOrDefault("spec.json") is not { } json
        )
            throw new InvalidOperationException(
                $"ConfigMap {config.Metadata.Name} must have the keys name and spec.json"
            );
        return new()
        {
            Metadata = new()
            {
                Name = name.Trim(),
                Namespace = config.Metadata.Namespace,
                OwnerReferences = [OwnerReference.ControllerOf(config)],
            },
            Spec =
                JsonSerializer.Deserialize(json, ResourcesJsonContext.Default.PoolSpec)
                ?? throw new InvalidOperationException(
                    $"spec.json of ConfigMap {config.Metadata.Name} is empty"
                ),
        };
    }
}
