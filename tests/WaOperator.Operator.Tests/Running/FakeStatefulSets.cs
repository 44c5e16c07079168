using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What Kubernetes' own controller and kubelet do for a StatefulSet, as far as the operator looks at it.</summary>
internal sealed class FakeStatefulSets(World world, string name)
{
    /// <summary>The template's revision is now that.</summary>
    public async Task SetRevisionAsync(string revision)
    {
        var set = await world.UntilAsync<StatefulSet>(name, "made", _ => true);
        await world.Client.PatchMergeAsync<StatefulSet>(
            name,
            world.Ns,
            new JsonObject
            {
                ["status"] = new JsonObject
                {
                    ["replicas"] = set.Spec!.Replicas,
                    ["observedGeneration"] = set.Metadata.Generation,
                    ["updateRevision"] = revision,
                },
            },
            "status"
        );
    }

    /// <summary>A pod of that revision, running and ready or with an image that cannot be pulled.</summary>
    public async Task<Pod> MakeAsync(string revision, int ordinal, bool broken = false)
    {
        var set = await world.UntilAsync<StatefulSet>(name, "made", _ => true);
        var pod = $"{name}-{ordinal}";
        var made = await world.Client.CreateAsync(
            new Pod
            {
                Metadata = new()
                {
                    Name = pod,
                    Namespace = world.Ns,
                    Labels = new Dictionary<string, string>(set.Spec!.Template!.Metadata!.Labels!)
                    {
                        ["controller-revision-hash"] = revision,
                    },
                    OwnerReferences = [OwnerReference.ControllerOf(set)],
                },
                Spec = set.Spec.Template.Spec! with { TerminationGracePeriodSeconds = 0 },
            }
        );
        var state = broken ? """{"waiting":{"reason":"ImagePullBackOff"}}""" : """{"running":{}}""";
        await world.Client.PatchMergeAsync<Pod>(
            pod,
            world.Ns,
            JsonNode.Parse(
                $$"""
                { "status":{"phase":"Running",
                 "conditions":[{"type":"Ready","status":"{{(broken ? "False" : "True")}}" }],
                 "containerStatuses":[{"name":"session-pod","image":"x:1","imageID":"","restartCount":0,
                   "ready":{{(broken ? "false" : "true")}},"state": {{state}} } ] } }
                """
            )!,
            "status"
        );
        return made;
    }

    /// <summary>The API server refuses a pod, and the controller says so in an event of the StatefulSet, as Kubernetes does.</summary>
    public async Task RefuseAsync(string revision, int ordinal)
    {
        var set = await world.UntilAsync<StatefulSet>(name, "made", _ => true);
        var refused = await Should.ThrowAsync<KubernetesException>(() =>
            MakeAsync(revision, ordinal)
        );
        await world.Client.CreateAsync(
            new Event
            {
                Metadata = new() { Name = $"{name}.{ordinal}", Namespace = world.Ns },
                InvolvedObject = ObjectReference.To(set),
                Type = "Warning",
                Reason = "FailedCreate",
                Message =
                    $"create Pod {name}-{ordinal} in StatefulSet {name} failed error: {refused.Status.Message}",
                Count = 1,
                FirstTimestamp = TimeProvider.System.GetUtcNow(),
                LastTimestamp = TimeProvider.System.GetUtcNow(),
            }
        );
    }

    /// <summary>
    /// Kubelet reports the end of all containers of a pod that is being deleted, before the object goes.
    /// </summary>
    public async Task TerminateAsync(int ordinal)
    {
        var pod = $"{name}-{ordinal}";
        // Keeps the object for as long as kubelet would.
        await world.Client.PatchMergeAsync<Pod>(
            pod,
            world.Ns,
            JsonNode.Parse("""{"metadata":{"finalizers":["test/kubelet"]}}""")!
        );
        await world.Client.DeleteAsync<Pod>(pod, world.Ns);
        await world.Client.PatchMergeAsync<Pod>(
            pod,
            world.Ns,
            JsonNode.Parse(
                """
                {"status":{"containerStatuses":[{"name":"session-pod","image":"x:1","imageID":"","restartCount":0,
                  "ready":false,"state":{"terminated":{"exitCode":137,"reason":"Error"}}}]}}
                """
            )!,
            "status"
        );
    }

    /// <summary>The object of a terminated pod goes.</summary>
    public Task RemoveAsync(int ordinal) =>
        world.Client.PatchMergeAsync<Pod>(
            $"{name}-{ordinal}",
            world.Ns,
            JsonNode.Parse("""{"metadata":{"finalizers":null}}""")!
        );
}
