using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Operator.Tenants;
using WaOperator.Operator.Webhooks;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Current;

/// <summary>What the operator asks of an API server about its own kinds, of that of the current Kubernetes.</summary>
public sealed class OwnKindsTests(OwnKindsTests.Definitions definitions)
    : IClassFixture<OwnKindsTests.Definitions>,
        IAsyncLifetime
{
    private KubernetesClient? _client;
    private string _ns = "";

    /// <summary>A server with the definitions.</summary>
    public sealed class Definitions : IAsyncLifetime
    {
        private ApiServer? _server;

        /// <summary>Skips the test that asks for it where it cannot be had.</summary>
        public ApiServer Server
        {
            get
            {
                Skip.If(ControlPlane.WhyNotCurrent is not null, ControlPlane.WhyNotCurrent);
                return _server!;
            }
        }

        /// <summary>A client as administrator; the audit log knows it by its name.</summary>
        public KubernetesClient Client(string name) =>
            new(KubeConfig.FromFile(Server.KubeconfigPath), new() { UserAgent = name });

        public async Task InitializeAsync()
        {
            if (ControlPlane.WhyNotCurrent is not null)
                return;
            _server = await ApiServer.StartAsync(await ControlPlane.CurrentAsync());
            foreach (
                var file in Directory.GetFiles(
                    Path.Combine(KubernetesBinaries.RepositoryRoot(), "crds"),
                    "*.yaml"
                )
            )
                await _server.ApplyCrdsAsync(await File.ReadAllTextAsync(file));
        }

        public async Task DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }

    private KubernetesClient Client => _client!;

    public async Task InitializeAsync()
    {
        _ns = await definitions.Server.CreateNamespaceAsync();
        _client = definitions.Client(_ns);
    }

    public Task DisposeAsync()
    {
        _client?.Dispose();
        return Task.CompletedTask;
    }

    [SkippableFact]
    public async Task The_caches_read_the_state_by_one_watch_each_and_follow()
    {
        await Client.CreateAsync(At(Make.Tenant()));
        await Client.CreateAsync(At(Make.Session()));
        await Client.CreateAsync(At(Make.Pool()));
        await Client.CreateAsync(At(Make.Webhook()));
        var caches = new Caches(
            Client,
            [_ns],
            policyV1: true,
            new(_ns, []),
            nodes: false,
            NullLoggerFactory.Instance,
            TimeProvider.System
        );
        IInformer[] own = [caches.Tenants, caches.Sessions, caches.Pools, caches.Webhooks];
        using var stop = new CancellationTokenSource();
        var running = own.Select(i => i.RunAsync(stop.Token)).ToList();
        await Eventually.True("all are complete", () => own.All(i => i.HasSynced));
        caches.Tenants.Store.Count.ShouldBe(1);
        caches.Sessions.Store.Count.ShouldBe(1);
        caches.Pools.Store.Count.ShouldBe(1);
        caches.Webhooks.Store.Count.ShouldBe(1);

        await Client.CreateAsync(At(Make.Session("next", "491700000002")));
        await Client.DeleteAsync<WhatsAppSession>("support", _ns);
        await Eventually.True(
            "one session came and one went",
            () => caches.SessionsOfPhone("491700000002").Any() && caches.Sessions.Store.Count == 1
        );
        await stop.CancelAsync();
        await Task.WhenAll(running);

        (await definitions.Server.AuditAsync())
            .Where(e => e.UserAgent == _ns && e.ReadsState)
            .Select(e => $"{e.Verb} {e.Resource}")
            .ShouldBe(
                [
                    "watch whatsapptenants",
                    "watch whatsappsessions",
                    "watch whatsappsessionpools",
                    "watch whatsappwebhooks",
                ],
                ignoreOrder: true
            );
    }

    [SkippableFact]
    public async Task A_list_comes_in_pages()
    {
        for (var i = 0; i < 3; i++)
            await Client.CreateAsync(At(Make.Session($"s{i}", $"49170000000{i}")));
        var first = await Client.ListAsync<WhatsAppSession>(_ns, new() { Limit = 2 });
        var second = await Client.ListAsync<WhatsAppSession>(
            _ns,
            new() { Limit = 2, Continue = first.Metadata.Continue }
        );
        first.Items.Concat(second.Items).Select(s => s.Metadata.Name).ShouldBe(["s0", "s1", "s2"]);
    }

    [SkippableFact]
    public async Task A_tenant_s_status_is_written_once() =>
        await WrittenOnceAsync(
            At(Make.Tenant()),
            WhatsAppFinalizers.Tenant,
            t => t with { Status = TenantStatusBuilder.Build(t, [Make.Session()], null, Make.Now) }
        );

    [SkippableFact]
    public async Task A_session_s_status_is_written_once()
    {
        var shard = new ShardSight(
            new(ShardState.Serving, ShardCause.LeaseHeld, LeaseAct.None),
            1,
            "wa-default-0"
        );
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(SessionPhase.Connected),
        };
        await WrittenOnceAsync(
            At(Make.Session()),
            WhatsAppFinalizers.Session,
            s =>
                s with
                {
                    Status = SessionStatusBuilder.Build(
                        s,
                        facts,
                        SessionView.Of(facts, deleting: false, shard)!,
                        shard,
                        hasSecret: true,
                        Make.Now
                    ),
                }
        );
    }

    [SkippableFact]
    public async Task A_pool_s_status_is_written_once()
    {
        var shard = new ShardEntry(
            Make.Shard,
            new(ShardState.Serving, ShardCause.LeaseHeld, LeaseAct.None),
            1,
            0,
            PoolNames.Pod("default", 0),
            true
        );
        await WrittenOnceAsync(
            At(Make.Pool()),
            WhatsAppFinalizers.Pool,
            p =>
                p with
                {
                    Status = PoolStatusBuilder.Build(
                        p,
                        new(
                            PoolTerms.Of(p.Spec, 1),
                            [shard],
                            new Dictionary<int, int> { [0] = 3 },
                            [],
                            1,
                            4,
                            null,
                            null
                        ),
                        Make.Now
                    ),
                }
        );
    }

    [SkippableFact]
    public async Task A_webhook_s_status_is_written_once()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        await WrittenOnceAsync(
            At(Make.Webhook()),
            null,
            w =>
                w with
                {
                    Status = WebhookStatusBuilder.Build(
                        w,
                        new(w.Metadata.Uid!, 1, null),
                        WebhookSeen.Of(
                            new(new(_ns, "crm", w.Metadata.Uid!), 1)
                            {
                                Backlog = 1,
                                OldestAt = time,
                                Parked = 2,
                                Dead = 3,
                                FailingSince = time,
                                LastSuccessAt = time,
                                LastError = "503",
                                LastErrorAt = time,
                            },
                            Make.Now.AddHours(1)
                        ),
                        Make.Now
                    ),
                }
        );
    }

    /// <summary>
    /// The finalizer and the status go there and come back whole, and neither the same operator nor one that was restarted writes
    /// the same status again.
    /// </summary>
    private async Task WrittenOnceAsync<T>(T sent, string? finalizer, Func<T, T> withStatus)
        where T : class, IKubernetesObject<T>
    {
        var applier = new StatusApplier(Client, Labels.ManagedByValue);
        var made = await Client.CreateAsync(sent);
        if (finalizer is not null)
            made = await Client.AddFinalizerAsync(made, finalizer);
        var wanted = withStatus(made);

        var written = await applier.ApplyIfChangedAsync(made, wanted);

        written.ShouldNotBeSameAs(made);
        Part(written, "status").ShouldBe(Part(wanted, "status"));
        Part(written, "spec").ShouldBe(Part(made, "spec"));
        written.Metadata.Generation.ShouldBe(made.Metadata.Generation);
        (written.Metadata.Finalizers ?? []).ShouldBe(finalizer is null ? [] : [finalizer]);
        var read = (await Client.GetAsync<T>(sent.Metadata.Name!, _ns))!;
        var restarted = new StatusApplier(Client, Labels.ManagedByValue);
        (await restarted.ApplyIfChangedAsync(read, withStatus(read))).ShouldBeSameAs(read);
    }

    private static string? Part<T>(T obj, string name)
        where T : class, IKubernetesObject<T> =>
        JsonSerializer.SerializeToNode(obj, T.Resource.TypeInfo)![name]?.ToJsonString();

    private WhatsAppTenant At(WhatsAppTenant made) => made with { Metadata = Named(made.Metadata) };

    private WhatsAppWebhook At(WhatsAppWebhook made) =>
        made with
        {
            Metadata = Named(made.Metadata),
        };

    private WhatsAppSession At(WhatsAppSession made) =>
        made with
        {
            Metadata = Named(made.Metadata),
        };

    private WhatsAppSessionPool At(WhatsAppSessionPool made) =>
        made with
        {
            Metadata = Named(made.Metadata),
        };

    private ObjectMeta Named(ObjectMeta made) => new() { Name = made.Name, Namespace = _ns };
}
