using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Sessions;

public sealed class SessionRestTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private const string Session = "whatsappsessions.whatsapp.wa-operator.io";

    [Fact]
    public async Task A_session_is_created_changed_stopped_started_and_deleted()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world);
        using var api = await ApiAsync(world, tenant);

        var (status, body, answer) = await AskAsync(
            api,
            HttpMethod.Post,
            "/v1/sessions",
            new
            {
                name = "sales",
                phone = "+49 170 0000001",
                labels = new { team = "a" },
            }
        );
        status.ShouldBe(201, body?.ToJsonString());
        answer.Headers.Location!.ToString().ShouldBe($"/v1/sessions/{tenant.Namespace}/sales");
        ((string?)body!["phone"]).ShouldBe("491700000001");
        ((string?)body["phase"]).ShouldBe("Pending");
        ((string?)body["state"]).ShouldBe("Active");
        var made = await ResourceAsync(tenant, "sales");
        ((string?)made["spec"]!["tenantRef"]!["name"]).ShouldBe("acme");
        ((string?)made["metadata"]!["labels"]!["app.kubernetes.io/managed-by"]).ShouldBe(
            "wa-gateway"
        );
        made["metadata"]!["managedFields"]!
            .AsArray()
            .Select(m => (string?)m!["manager"])
            .ShouldBe(["wa-gateway"]);

        var path = $"/v1/sessions/{tenant.Namespace}/sales";
        (status, body, _) = await AskAsync(
            api,
            HttpMethod.Post,
            "/v1/sessions",
            new { name = "sales", phone = "491700000001" }
        );
        status.ShouldBe(409);
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:session-exists");

        (status, body, _) = await AskAsync(
            api,
            HttpMethod.Patch,
            path,
            new
            {
                pairing = new { method = "Code", deviceName = "Shop" },
                labels = new { team = (string?)null, shift = "late" },
            }
        );
        status.ShouldBe(200, body?.ToJsonString());
        ((string?)body!["pairing"]!["deviceName"]).ShouldBe("Shop");
        made = await ResourceAsync(tenant, "sales");
        made["metadata"]!["labels"]!["team"].ShouldBeNull();
        ((string?)made["metadata"]!["labels"]!["shift"]).ShouldBe("late");

        foreach (
            var (verb, state) in ((string, string)[])[("stop", "Stopped"), ("start", "Active")]
        )
        {
            // Asked twice it is done once.
            for (var i = 0; i < 2; i++)
            {
                (status, body, _) = await AskAsync(api, HttpMethod.Post, $"{path}/{verb}");
                status.ShouldBe(200, body?.ToJsonString());
                ((string?)body!["state"]).ShouldBe(state);
            }
            var now = await ResourceAsync(tenant, "sales");
            ((string?)now["spec"]!["state"]).ShouldBe(state);
            ((long?)now["metadata"]!["generation"]).ShouldBe(state == "Stopped" ? 3 : 4);
        }

        (status, body, answer) = await AskAsync(
            api,
            HttpMethod.Post,
            $"{path}/pairing",
            new { method = "QR" }
        );
        status.ShouldBe(202, body?.ToJsonString());
        answer.Headers.Location!.ToString().ShouldBe($"{path}/pairing");
        made = await ResourceAsync(tenant, "sales");
        ((string?)made["metadata"]!["annotations"]!["whatsapp.wa-operator.io/pair"]).ShouldBe(
            (string?)body!["request"]
        );
        ((string?)made["spec"]!["pairing"]!["method"]).ShouldBe("QR");

        (status, body, _) = await AskAsync(api, HttpMethod.Delete, path);
        status.ShouldBe(202, body?.ToJsonString());
        ((string?)body!["state"]).ShouldBe("Deleting");
        (status, _, _) = await AskAsync(api, HttpMethod.Delete, path);
        status.ShouldBe(404);
    }

    [Fact]
    public async Task A_logout_is_asked_for_by_a_time_on_the_resource_of_a_linked_session()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world);
        using var api = await ApiAsync(world, tenant);
        var path = $"/v1/sessions/{tenant.Namespace}/sales";
        await AskAsync(
            api,
            HttpMethod.Post,
            "/v1/sessions",
            new { name = "sales", phone = "491700000001" }
        );

        var (status, body, _) = await AskAsync(api, HttpMethod.Post, $"{path}/logout");
        status.ShouldBe(409, body?.ToJsonString());
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:not-paired");

        using var linked = new StringContent(
            """{"status":{"phase":"Connected","conditions":[{"type":"Paired","status":"True","reason":"Paired","message":"linked","lastTransitionTime":"2026-05-01T00:00:00Z"}]}}""",
            Encoding.UTF8,
            "application/merge-patch+json"
        );
        using var written = await cluster.Server.Admin.PatchAsync(
            $"/apis/whatsapp.wa-operator.io/v1alpha1/namespaces/{tenant.Namespace}/whatsappsessions/sales/status",
            linked
        );
        written.IsSuccessStatusCode.ShouldBeTrue(await written.Content.ReadAsStringAsync());
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        (status, body, _) = await AskAsync(api, HttpMethod.Post, $"{path}/logout");
        status.ShouldBe(202, body?.ToJsonString());
        var asked = (string?)
            (await ResourceAsync(tenant, "sales"))["metadata"]!["annotations"]![
                "whatsapp.wa-operator.io/logout"
            ];
        DateTimeOffset
            .ParseExact(
                asked!,
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal
            )
            .ShouldBeInRange(before, TimeProvider.System.GetUtcNow().AddSeconds(1));

        await AskAsync(api, HttpMethod.Post, $"{path}/stop");
        (status, body, _) = await AskAsync(api, HttpMethod.Post, $"{path}/logout");
        status.ShouldBe(409, body?.ToJsonString());
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:stopped");
    }

    [Fact]
    public async Task A_session_that_is_asked_for_again_with_its_key_is_the_same_one()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world);
        using var api = await ApiAsync(world, tenant);
        api.DefaultRequestHeaders.Add("Idempotency-Key", "order-1");
        var asked = new { name = "sales", phone = "491700000001" };

        (await AskAsync(api, HttpMethod.Post, "/v1/sessions", asked)).Status.ShouldBe(201);
        var (status, body, answer) = await AskAsync(api, HttpMethod.Post, "/v1/sessions", asked);
        status.ShouldBe(201, body?.ToJsonString());
        answer.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        (status, body, _) = await AskAsync(
            api,
            HttpMethod.Post,
            "/v1/sessions",
            new { name = "sales", phone = "491700000002" }
        );
        status.ShouldBe(422);
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:idempotency-mismatch");
        api.DefaultRequestHeaders.Remove("Idempotency-Key");
        api.DefaultRequestHeaders.Add("Idempotency-Key", "order-2");
        (await AskAsync(api, HttpMethod.Post, "/v1/sessions", asked)).Status.ShouldBe(409);
    }

    [Fact]
    public async Task What_another_program_manages_stays_as_it_is()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world);
        using var api = await ApiAsync(world, tenant);
        await ApplyAsync(
            tenant,
            "argo",
            "{argocd.argoproj.io/tracking-id: 'shop:whatsapp.wa-operator.io/WhatsAppSession:x/argo'}"
        );
        await ApplyAsync(tenant, "helm", "{meta.helm.sh/release-name: chat}");
        await ApplyAsync(tenant, "declared", "{}", ["--server-side", "--field-manager=terraform"]);

        foreach (
            var (name, owner) in ((string, string)[])
                [
                    ("argo", "Argo CD (application shop)"),
                    ("helm", "Helm (release chat)"),
                    ("declared", "the field manager terraform"),
                ]
        )
        {
            var path = $"/v1/sessions/{tenant.Namespace}/{name}";
            foreach (
                var ask in (Func<Task<(int, JsonNode?, HttpResponseMessage)>>[])
                    [
                        () => AskAsync(api, HttpMethod.Post, $"{path}/stop"),
                        () => AskAsync(api, HttpMethod.Delete, path),
                        () => AskAsync(api, HttpMethod.Patch, path, new { state = "Stopped" }),
                    ]
            )
            {
                var (status, body, _) = await ask();
                status.ShouldBe(409, body?.ToJsonString());
                ((string?)body!["type"]).ShouldBe("urn:wa:problem:managed-elsewhere");
                ((string?)body["detail"]).ShouldNotBeNull().ShouldContain(owner);
            }
            ((string?)(await ResourceAsync(tenant, name))["spec"]!["state"]).ShouldBe("Active");
            // A new round of codes is no change of what they declare.
            (await AskAsync(api, HttpMethod.Post, $"{path}/pairing")).Status.ShouldBe(202);
        }
    }

    [Fact]
    public async Task Sessions_of_others_are_not_there()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (mine, other) = (await TenantAsync(world), await TenantAsync(world));
        // A second tenant in the same namespace, too.
        await ApplyAsync(mine, "neighbour", "{}", tenant: "neighbour");
        await ApplyAsync(other, "secret", "{}");
        using var api = await ApiAsync(world, mine);

        var answers = new List<string>();
        foreach (
            var path in (string[])
                [
                    $"/v1/sessions/{other.Namespace}/secret",
                    $"/v1/sessions/{other.Namespace}/absent",
                    $"/v1/sessions/{mine.Namespace}/neighbour",
                    $"/v1/sessions/{mine.Namespace}/absent",
                    $"/v1/sessions/{mine.Namespace}/..%2f..%2fsecrets",
                    "/v1/sessions/kube-system/absent",
                ]
        )
        foreach (
            var (method, tail) in ((HttpMethod, string)[])
                [
                    (HttpMethod.Delete, ""),
                    (HttpMethod.Post, "/stop"),
                    (HttpMethod.Post, "/pairing"),
                    (HttpMethod.Post, "/logout"),
                ]
        )
        {
            var (status, body, _) = await AskAsync(api, method, path + tail);
            status.ShouldBe(404, $"{method} {path}{tail}");
            var parts = path.Split('/', 5);
            body!.AsObject().Remove("instance");
            answers.Add(
                body.ToJsonString().Replace($"{parts[3]}/{parts[4]}", "x", StringComparison.Ordinal)
            );
        }
        // Word for word the same, but for the name.
        answers.Distinct().ShouldHaveSingleItem();
        var (created, problem, _) = await AskAsync(
            api,
            HttpMethod.Post,
            "/v1/sessions",
            new
            {
                @namespace = other.Namespace,
                name = "x",
                phone = "491700000001",
            }
        );
        created.ShouldBe(404, problem?.ToJsonString());
        (await ResourceAsync(other, "secret"))["metadata"]!["deletionTimestamp"].ShouldBeNull();
    }

    [Fact]
    public async Task Sessions_are_found_by_their_labels()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world);
        using var api = await ApiAsync(world, tenant);
        for (var i = 0; i < 5; i++)
            (
                await AskAsync(
                    api,
                    HttpMethod.Post,
                    "/v1/sessions",
                    new
                    {
                        name = $"s-{i}",
                        phone = $"49170000000{i}",
                        labels = new { team = i == 3 ? "b" : "a" },
                    }
                )
            ).Status.ShouldBe(201);
        await ApplyAsync(tenant, "neighbour", "{}", tenant: "neighbour");

        var seen = new List<string>();
        for (var path = "/v1/sessions?limit=2&label=team%3Da"; path is not null; )
        {
            var (status, body, answer) = await AskAsync(api, HttpMethod.Get, path);
            status.ShouldBe(200, body?.ToJsonString());
            seen.AddRange(body!["data"]!.AsArray().Select(s => (string)s!["name"]!));
            path = body["next"] is null
                ? null
                : answer.Headers.GetValues("Link").Single().Split('<', '>')[1];
        }
        seen.ShouldBe(["s-0", "s-1", "s-2", "s-4"]);
        var (all, every, _) = await AskAsync(api, HttpMethod.Get, "/v1/sessions?label=!x");
        all.ShouldBe(200);
        every!["data"]!.AsArray().Count.ShouldBe(5);
        var (wrong, problem, _) = await AskAsync(
            api,
            HttpMethod.Get,
            "/v1/sessions?label=%3D%3D%3D"
        );
        wrong.ShouldBe(400, problem?.ToJsonString());
    }

    [Fact]
    public async Task A_change_outlives_what_others_write_meanwhile()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world);
        await ApplyAsync(tenant, "busy", "{}");
        var resources = new Gateway.Sessions.SessionResources(
            new Kubernetes.Client.KubernetesClient(
                Kubernetes.Config.KubeConfig.FromFile(cluster.Kubeconfig)
            )
        );
        var looks = 0;

        // The callback of the first two looks is overtaken by another writer.
        var written = await resources.ChangeAsync(
            tenant.Namespace,
            "busy",
            [new(tenant.Id, tenant.Namespace, "acme")],
            now =>
            {
                if (looks++ < 2)
                    cluster
                        .Server.KubectlAsync(
                            "",
                            "-n",
                            tenant.Namespace,
                            "annotate",
                            Session,
                            "busy",
                            $"look-{looks}=x"
                        )
                        .GetAwaiter()
                        .GetResult();
                return (Gateway.Sessions.SessionDraft.State("Stopped", now), null);
            },
            default
        );

        written.Refusal.ShouldBeNull();
        looks.ShouldBe(3);
        var there = await ResourceAsync(tenant, "busy");
        ((string?)there["spec"]!["state"]).ShouldBe("Stopped");
        ((string?)there["metadata"]!["annotations"]!["look-2"]).ShouldBe("x");
    }

    [Fact]
    public async Task What_the_cluster_or_the_tenants_limit_refuses_is_told()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await TenantAsync(world, "{limits: {sessions: 0}}");
        using var api = await ApiAsync(world, tenant);
        var asked = new { name = "sales", phone = "491700000001" };
        var (status, body, _) = await AskAsync(api, HttpMethod.Post, "/v1/sessions", asked);
        status.ShouldBe(409);
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:tenant-limit");

        await ApplyTenantAsync(tenant.Namespace, "{}");
        await cluster.Server.KubectlAsync(
            $$"""
            apiVersion: v1
            kind: ResourceQuota
            metadata: { name: none, namespace: {{tenant.Namespace}} }
            spec: { hard: { count/{{Session}}: "0" } }
            """,
            "apply",
            "-f",
            "-"
        );
        // As the controller of quotas does, which no test runs.
        using var counted = new StringContent(
            $$"""{ "status": { "hard": { "count/{{Session}}": "0" }, "used": { "count/{{Session}}": "0" } } }""",
            new MediaTypeHeaderValue("application/merge-patch+json")
        );
        using var patched = await cluster.Server.Admin.PatchAsync(
            $"/api/v1/namespaces/{tenant.Namespace}/resourcequotas/none/status",
            counted
        );
        patched.EnsureSuccessStatusCode();
        await Eventually.True(
            "the quota is known",
            async () =>
            {
                (status, body, _) = await AskAsync(api, HttpMethod.Post, "/v1/sessions", asked);
                return status == 403;
            }
        );
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:quota-exceeded");
    }

    [Fact]
    public async Task Without_Kubernetes_lists_work_and_writes_say_why_not()
    {
        await using var world = await GatewayWorld.StartAsync();
        var id = await world.TenantAsync();
        await SessionsAsync(world, id, 3);
        var gateway = await world.GatewayAsync();
        using var api = Client(gateway, GatewayWorld.ApiKey);
        (await AskAsync(api, HttpMethod.Get, "/v1/sessions")).Status.ShouldBe(200);
        foreach (
            var (method, path) in ((HttpMethod, string)[])
                [
                    (HttpMethod.Post, "/v1/sessions"),
                    (HttpMethod.Post, "/v1/sessions/ns/s-1/stop"),
                    (HttpMethod.Post, "/v1/sessions/ns/s-1/pairing"),
                    (HttpMethod.Post, "/v1/sessions/ns/s-1/logout"),
                    (HttpMethod.Delete, "/v1/sessions/ns/s-1"),
                ]
        )
        {
            var (status, body, _) = await AskAsync(api, method, path);
            status.ShouldBe(501, path);
            ((string?)body!["type"]).ShouldBe("urn:wa:problem:not-supported");
        }
    }

    [Fact]
    public async Task Pages_hold_each_session_of_the_tenant_once()
    {
        await using var world = await GatewayWorld.StartAsync();
        var mine = await world.TenantAsync();
        var other = await world.TenantAsync("other", "other-0123456789abcdef");
        await SessionsAsync(world, mine, 7);
        await SessionsAsync(world, other, 2, from: 100);
        var gateway = await world.GatewayAsync();
        using var api = Client(gateway, GatewayWorld.ApiKey);

        var seen = new List<string>();
        var pages = 0;
        for (var path = "/v1/sessions?limit=3&phase=Pending"; path is not null; pages++)
        {
            var (status, body, answer) = await AskAsync(api, HttpMethod.Get, path);
            status.ShouldBe(200, body?.ToJsonString());
            seen.AddRange(body!["data"]!.AsArray().Select(s => (string)s!["name"]!));
            var next = (string?)body["next"];
            path = next is null
                ? null
                : answer.Headers.GetValues("Link").Single().Split('<', '>')[1];
            if (path is not null)
                path.ShouldContain(next!);
        }
        seen.ShouldBe(Enumerable.Range(0, 7).Select(i => $"s-{i}"));
        pages.ShouldBe(3);
        var (wrong, problem, _) = await AskAsync(api, HttpMethod.Get, "/v1/sessions?after=1");
        wrong.ShouldBe(400, problem?.ToJsonString());
        var (found, one, _) = await AskAsync(
            api,
            HttpMethod.Get,
            "/v1/sessions?phone=%2B49+17+00000004&namespace=ns"
        );
        found.ShouldBe(200);
        ((string?)one!["data"]!.AsArray().ShouldHaveSingleItem()!["name"]).ShouldBe("s-4");
        using var unknown = Client(gateway, "none");
        (await AskAsync(unknown, HttpMethod.Get, "/v1/sessions")).Status.ShouldBe(401);
        (await AskAsync(unknown, HttpMethod.Post, "/v1/sessions", new { })).Status.ShouldBe(401);
    }

    private sealed record Tenant(long Id, string Namespace, string Key);

    private async Task<Tenant> TenantAsync(GatewayWorld world, string spec = "{}")
    {
        var ns = await cluster.Server.CreateNamespaceAsync();
        await ApplyTenantAsync(ns, spec);
        var id = await world.Desired.PutTenantAsync(new TenantRow(ns, "acme", false, "{}"));
        var key = RandomNumberGenerator.GetHexString(32);
        await world.Desired.PutApiKeysAsync(id, [SHA256.HashData(Encoding.ASCII.GetBytes(key))]);
        return new(id, ns, key);
    }

    private Task<string> ApplyTenantAsync(string ns, string spec) =>
        cluster.Server.KubectlAsync(
            $$"""
            apiVersion: whatsapp.wa-operator.io/v1alpha1
            kind: WhatsAppTenant
            metadata: { name: acme, namespace: {{ns}} }
            spec: {{spec}}
            """,
            "apply",
            "-f",
            "-"
        );

    private Task<string> ApplyAsync(
        Tenant at,
        string name,
        string annotations,
        string[]? how = null,
        string tenant = "acme"
    ) =>
        cluster.Server.KubectlAsync(
            $$"""
            apiVersion: whatsapp.wa-operator.io/v1alpha1
            kind: WhatsAppSession
            metadata: { name: {{name}}, namespace: {{at.Namespace}}, annotations: {{annotations}} }
            spec: { tenantRef: { name: {{tenant}} }, phoneNumber: "491700000001", state: Active }
            """,
            ["apply", .. how ?? [], "-f", "-"]
        );

    private async Task<JsonNode> ResourceAsync(Tenant tenant, string name) =>
        JsonNode.Parse(
            await cluster.Server.Admin.GetStringAsync(
                $"/apis/whatsapp.wa-operator.io/v1alpha1/namespaces/{tenant.Namespace}/whatsappsessions/{name}"
            )
        )!;

    private async Task<HttpClient> ApiAsync(GatewayWorld world, Tenant tenant) =>
        Client(
            await world.GatewayAsync(o =>
                o with
                {
                    Kubernetes = true,
                    Kubeconfig = cluster.Kubeconfig,
                }
            ),
            tenant.Key
        );

    private static HttpClient Client(TestGateway gateway, string key)
    {
        var http = new HttpClient { BaseAddress = gateway.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return http;
    }

    private static async Task<(int Status, JsonNode? Body, HttpResponseMessage Answer)> AskAsync(
        HttpClient api,
        HttpMethod method,
        string path,
        object? body = null
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        using var answer = await api.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text is ['{', ..] ? JsonNode.Parse(text) : null, answer);
    }

    private static async Task SessionsAsync(
        GatewayWorld world,
        long tenant,
        int count,
        int from = 0
    ) =>
        await world.Desired.PutSessionsAsync([
            .. Enumerable
                .Range(from, count)
                .Select(i => new SessionRow
                {
                    Uid = $"uid-{i}",
                    TenantId = tenant,
                    Phone = $"4917{i:00000000}",
                    Namespace = "ns",
                    Name = $"s-{i}",
                    PoolUid = GatewayWorld.Pool,
                    Desired = DesiredState.Active,
                    PairingMethod = "QR",
                    DeviceName = "WaOperator",
                }),
        ]);
}
