using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What the API server refuses is told in condition and event, in its words, and forgotten when it succeeds.</summary>
public sealed class RefusalTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("services", "Service")]
    [InlineData("statefulsets.apps", "StatefulSet")]
    [InlineData("poddisruptionbudgets.policy", "PodDisruptionBudget")]
    public async Task A_quota_on_a_pool_s_object_is_told_and_the_others_are_made(
        string resource,
        string kind
    )
    {
        await using var world = await World.StartAsync(output);
        await QuotaAsync(world, $"count/{resource}");
        await world.PoolAsync();

        var stalled = await PoolAsync(world, ConditionTypes.Stalled, Reasons.ObjectRefused);
        stalled.Message!.ShouldContain($"refused to create {kind} wa-default");
        stalled.Message!.ShouldContain("quota");
        await world.UntilEventAsync("default", Reasons.ObjectRefused);
        if (kind != "StatefulSet")
            await world.UntilAsync<StatefulSet>("wa-default", "made all the same", _ => true);

        await world.Server.KubectlAsync("", "-n", world.Ns, "delete", "resourcequota", "none");
        await PoolAsync(world, "Ready", Reasons.ShardNotServing);
        await world.UntilAsync<StatefulSet>("wa-default", "made", _ => true);
    }

    [Fact]
    public async Task A_webhook_that_must_be_asked_and_does_not_answer_is_told()
    {
        await using var world = await World.StartAsync(output);
        await world.Server.KubectlAsync("", "label", "namespace", world.Ns, $"wa-test={world.Ns}");
        await world.Server.KubectlAsync(Webhook(world.Ns), "apply", "-f", "-");
        try
        {
            await Eventually.True(
                "the server asks the webhook",
                async () =>
                {
                    try
                    {
                        await world.Server.KubectlAsync(
                            "",
                            "-n",
                            world.Ns,
                            "create",
                            "service",
                            "clusterip",
                            "probe",
                            "--clusterip=None",
                            "--dry-run=server"
                        );
                        return false;
                    }
                    catch (InvalidOperationException e)
                    {
                        return e.Message.Contains("webhook", StringComparison.Ordinal);
                    }
                }
            );
            await world.PoolAsync();
            var stalled = await PoolAsync(world, ConditionTypes.Stalled, Reasons.ObjectRefused);
            stalled.Message!.ShouldContain("guard.example.com");
        }
        finally
        {
            await world.Server.KubectlAsync(
                "",
                "delete",
                "validatingwebhookconfiguration",
                world.Ns
            );
        }
        await PoolAsync(world, "Ready", Reasons.ShardNotServing);
    }

    [Fact]
    public async Task A_refused_pairing_Secret_is_told_and_shown_once_it_is_allowed()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        shards[0].Script = (a, standard) =>
            FakeShard.State(a, standard.Epoch, SessionPhase.Pairing, paired: false) with
            {
                Pairing = new(a.Id, standard.Epoch, "QR", "2@x", 1, 6, Make.Now.AddYears(9)),
            };
        await QuotaAsync(world, "count/secrets");
        await world.TenantAsync();
        await world.SessionAsync("pairs", "491700000001");

        var told = await world.UntilSessionAsync(
            "pairs",
            ConditionTypes.Stalled,
            "True",
            Reasons.ObjectRefused
        );
        told.Status!.Phase.ShouldBe(SessionPhases.Pairing);
        told.Status.Message!.ShouldContain("quota");
        await world.UntilEventAsync("pairs", Reasons.ObjectRefused);

        await world.Server.KubectlAsync("", "-n", world.Ns, "delete", "resourcequota", "none");
        var shown = await world.UntilAsync<WhatsAppSession>(
            "pairs",
            "its Secret stands",
            s => s.Status?.PairingSecret is not null
        );
        shown.Status!.Conditions.Find(ConditionTypes.Stalled).ShouldBeNull();
        await world.UntilEventAsync("pairs", Reasons.Pairing);
        (await world.EventsAsync("pairs"))
            .Single(e => e.Reason == Reasons.Pairing)
            .Message.ShouldBe("the pairing code is in Secret pairs-pairing");
    }

    [Fact]
    public async Task A_namespace_that_is_being_deleted_is_no_trouble()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.Server.KubectlAsync("", "delete", "namespace", world.Ns, "--wait=false");
        world.Warnings.Clear();

        // What the namespace's deletion takes away, the operator would make again.
        await world.Server.KubectlAsync("", "-n", world.Ns, "delete", "service", "wa-default");
        await Eventually.True(
            "the server refused to make the Service again, twice",
            async () =>
                (await world.Server.AuditAsync()).Count(e =>
                    e.Code == 403
                    && e.Uri.Contains(
                        $"/namespaces/{world.Ns}/services/wa-default",
                        StringComparison.Ordinal
                    )
                ) > 1
        );
        world
            .Warnings.Where(w => w.Contains("terminated", StringComparison.Ordinal))
            .ShouldBeEmpty();
        (await world.Client.GetAsync<WhatsAppSessionPool>("default", world.Ns))!
            .Status!.Conditions.Find(ConditionTypes.Stalled)
            .ShouldBeNull();
    }

    [Fact]
    public async Task A_pod_that_Kubernetes_may_not_make_is_told_by_the_StatefulSet_s_own_event()
    {
        await using var world = await World.StartAsync(output);
        var pool = await world.PoolAsync();
        var sets = new FakeStatefulSets(world, "wa-default");
        await sets.SetRevisionAsync("first");
        await QuotaAsync(world, "pods");
        await sets.RefuseAsync("first", 0);

        var stalled = await PoolAsync(world, ConditionTypes.Stalled, Reasons.PodRefused);
        stalled.Message!.ShouldContain("shard 0");
        stalled.Message!.ShouldContain("exceeded quota");
        await world.UntilEventAsync("default", Reasons.PodRefused);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "the shard says so, too",
            p => p.Status?.ShardStates?.SingleOrDefault()?.Reason == Reasons.PodRefused
        );

        await world.Server.KubectlAsync("", "-n", world.Ns, "delete", "resourcequota", "none");
        var pod = await sets.MakeAsync("first", 0);
        world.StartShard(pool.Metadata.Uid!, 0, pod.Metadata.Uid);
        await PoolAsync(world, "Ready", Reasons.AsDeclared);
    }

    private static async Task<Condition> PoolAsync(World world, string type, string reason)
    {
        var pool = await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            $"{type} is {reason}",
            p => p.Status?.Conditions.Find(type)?.Reason == reason
        );
        return pool.Status!.Conditions.Find(type)!;
    }

    /// <summary>A quota that allows nothing. No one counts here, so the count is given with it.</summary>
    private static async Task QuotaAsync(World world, string resource)
    {
        await world.Server.KubectlAsync(
            $$"""
            apiVersion: v1
            kind: ResourceQuota
            metadata: { name: none }
            spec: { hard: { "{{resource}}": "0" } }
            """,
            "-n",
            world.Ns,
            "apply",
            "-f",
            "-"
        );
        using var answer = await world.Server.Admin.PatchAsync(
            $"/api/v1/namespaces/{world.Ns}/resourcequotas/none/status",
            new StringContent(
                $$"""{ "status": { "hard": { "{{resource}}": "0" }, "used": { "{{resource}}": "0" } } }""",
                System.Text.Encoding.UTF8,
                "application/merge-patch+json"
            )
        );
        answer.EnsureSuccessStatusCode();
    }

    private static string Webhook(string ns) =>
        $$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: { name: {{ns}} }
            webhooks:
              - name: guard.example.com
                failurePolicy: Fail
                sideEffects: None
                timeoutSeconds: 2
                admissionReviewVersions: [v1]
                clientConfig: { url: "https://127.0.0.1:1/" }
                namespaceSelector: { matchLabels: { wa-test: {{ns}} } }
                rules:
                  - { apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [services] }
            """;
}
