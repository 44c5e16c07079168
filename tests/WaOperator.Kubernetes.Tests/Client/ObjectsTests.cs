using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Tests.Client;

/// <summary>What a server does with our requests, and we with its answers.</summary>
public sealed class ObjectsTests : IAsyncLifetime
{
    private KubernetesClient _client = null!;
    private string _ns = null!;

    public async Task InitializeAsync() => (_client, _ns) = await Cluster.AdminAsync();

    public Task DisposeAsync()
    {
        _client.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_custom_resource_goes_there_and_back()
    {
        var sent = Widget.Named("a", _ns, 3) with
        {
            Spec = new() { Size = 3, Parts = ["x", "y"] },
        };
        var created = await _client.CreateAsync(sent);
        var read = await _client.GetAsync<Widget>("a", _ns);

        created.Metadata.Uid.ShouldNotBeNullOrEmpty();
        read.ShouldNotBeNull();
        read.Metadata.Uid.ShouldBe(created.Metadata.Uid);
        read.Metadata.Generation.ShouldBe(1);
        read.Spec!.Size.ShouldBe(3);
        read.Spec.Parts.ShouldBe(["x", "y"]);
        read.Spec.Colour.ShouldBe("red", "the server's default");
        read.Status.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_not_there_is_null_but_a_kind_that_is_not_served_is_an_error()
    {
        (await _client.GetAsync<Widget>("none", _ns)).ShouldBeNull();
        (await _client.DeleteAsync<Widget>("none", _ns)).ShouldBeFalse();
        var e = await Should.ThrowAsync<KubernetesException>(() =>
            _client.GetAsync<Gadget>("none", _ns)
        );
        e.IsNotFound.ShouldBeTrue();
    }

    [Fact]
    public async Task Refusals_say_who_refused_what_and_why()
    {
        var invalid = await Should.ThrowAsync<KubernetesException>(() =>
            _client.CreateAsync(Widget.Named("bad", _ns, -1))
        );
        invalid.IsInvalid.ShouldBeTrue();
        invalid.Message.ShouldContain("spec.size");
        invalid.Message.ShouldContain($"POST /apis/test.example.com/v1/namespaces/{_ns}/widgets");
        invalid.Status.Details!.Causes.ShouldNotBeNull().ShouldContain(c => c.Field == "spec.size");

        await _client.CreateAsync(Widget.Named("twice", _ns));
        var twice = await Should.ThrowAsync<KubernetesException>(() =>
            _client.CreateAsync(Widget.Named("twice", _ns))
        );
        twice.IsAlreadyExists.ShouldBeTrue();
        twice.IsConflict.ShouldBeFalse();
    }

    [Fact]
    public async Task Replacing_an_old_version_is_a_conflict()
    {
        var first = await _client.CreateAsync(Widget.Named("c", _ns));
        var second = await _client.ReplaceAsync(first with { Spec = new() { Size = 2 } });
        var e = await Should.ThrowAsync<KubernetesException>(() =>
            _client.ReplaceAsync(first with { Spec = new() { Size = 3 } })
        );

        e.IsConflict.ShouldBeTrue();
        (await _client.GetAsync<Widget>("c", _ns))!.Spec!.Size.ShouldBe(2);
        second.Metadata.Generation.ShouldBe(2);
    }

    [Fact]
    public async Task Deletion_heeds_its_preconditions()
    {
        var old = await _client.CreateAsync(Widget.Named("d", _ns));
        var now = await _client.ReplaceAsync(old with { Spec = new() { Size = 2 } });

        var wrongUid = await Should.ThrowAsync<KubernetesException>(() =>
            _client.DeleteAsync<Widget>("d", _ns, new() { Uid = Guid.NewGuid().ToString() })
        );
        wrongUid.IsConflict.ShouldBeTrue();
        var oldVersion = await Should.ThrowAsync<KubernetesException>(() =>
            _client.DeleteAsync<Widget>(
                "d",
                _ns,
                new() { ResourceVersion = old.Metadata.ResourceVersion }
            )
        );
        oldVersion.IsConflict.ShouldBeTrue();
        (await _client.GetAsync<Widget>("d", _ns)).ShouldNotBeNull();

        var options = new DeleteOptions
        {
            Uid = now.Metadata.Uid,
            ResourceVersion = now.Metadata.ResourceVersion,
            Propagation = DeletePropagation.Background,
            GracePeriodSeconds = 0,
        };
        (await _client.DeleteAsync<Widget>("d", _ns, options)).ShouldBeTrue();
        (await _client.GetAsync<Widget>("d", _ns)).ShouldBeNull();
    }

    [Fact]
    public async Task A_list_comes_in_pages_and_by_selectors()
    {
        for (var i = 0; i < 5; i++)
            await _client.CreateAsync(
                Widget.Named($"w{i}", _ns, i) with
                {
                    Metadata = new()
                    {
                        Name = $"w{i}",
                        Namespace = _ns,
                        Labels = new Dictionary<string, string>
                        {
                            ["odd"] = i % 2 == 1 ? "yes" : "no",
                        },
                    },
                }
            );

        var first = await _client.ListAsync<Widget>(_ns, new() { Limit = 2 });
        var second = await _client.ListAsync<Widget>(
            _ns,
            new() { Limit = 2, Continue = first.Metadata.Continue }
        );
        var third = await _client.ListAsync<Widget>(
            _ns,
            new() { Limit = 2, Continue = second.Metadata.Continue }
        );
        first
            .Items.Concat(second.Items)
            .Concat(third.Items)
            .Select(w => w.Metadata.Name)
            .ShouldBe(["w0", "w1", "w2", "w3", "w4"]);
        third.Metadata.Continue.ShouldBeNullOrEmpty();
        first.Metadata.RemainingItemCount.ShouldBe(3);

        (await _client.ListAsync<Widget>(_ns, new() { LabelSelector = "odd=yes" }))
            .Items.Select(w => w.Metadata.Name)
            .ShouldBe(["w1", "w3"]);
        (await _client.ListAsync<Widget>(_ns, new() { FieldSelector = "metadata.name=w2" }))
            .Items.Single()
            .Spec!.Size.ShouldBe(2);
        (await _client.ListAsync<Widget>())
            .Items.Count(w => w.Metadata.Namespace == _ns)
            .ShouldBe(5, "all namespaces");
    }

    [Fact]
    public async Task A_watch_tells_what_happens_after_a_version_until_the_server_ends_it()
    {
        var a = await _client.CreateAsync(Widget.Named("a", _ns));
        var b = await _client.CreateAsync(Widget.Named("b", _ns));
        await _client.ReplaceAsync(b with { Spec = new() { Size = 7 } });
        await _client.DeleteAsync<Widget>("a", _ns);

        var seen = new List<(WatchEventType, string?, int?)>();
        await foreach (
            var e in _client.WatchAsync<Widget>(
                _ns,
                new()
                {
                    ResourceVersion = a.Metadata.ResourceVersion,
                    Timeout = TimeSpan.FromSeconds(1),
                }
            )
        )
            if (e.Object is { } o)
                seen.Add((e.Type, o.Metadata.Name, o.Spec?.Size));

        seen.ShouldBe([
            (WatchEventType.Added, "b", 1),
            (WatchEventType.Modified, "b", 7),
            (WatchEventType.Deleted, "a", 1),
        ]);
    }

    [Fact]
    public async Task A_built_in_kind_keeps_all_that_we_say_of_it()
    {
        var sent = new StatefulSet
        {
            Metadata = new() { Name = "s", Namespace = _ns },
            Spec = new()
            {
                Replicas = 2,
                ServiceName = "s",
                PodManagementPolicy = "Parallel",
                UpdateStrategy = new() { Type = "OnDelete" },
                Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "s" } },
                Template = new()
                {
                    Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = "s" } },
                    Spec = new()
                    {
                        AutomountServiceAccountToken = false,
                        TerminationGracePeriodSeconds = 25,
                        SecurityContext = new()
                        {
                            RunAsNonRoot = true,
                            SeccompProfile = new() { Type = "RuntimeDefault" },
                        },
                        TopologySpreadConstraints =
                        [
                            new()
                            {
                                MaxSkew = 1,
                                TopologyKey = "kubernetes.io/hostname",
                                WhenUnsatisfiable = "ScheduleAnyway",
                                LabelSelector = new()
                                {
                                    MatchLabels = new Dictionary<string, string> { ["app"] = "s" },
                                },
                            },
                        ],
                        Containers =
                        [
                            new()
                            {
                                Name = "main",
                                Image = "example/image:1",
                                Ports = [new() { Name = "http", Port = 8080 }],
                                Env =
                                [
                                    new()
                                    {
                                        Name = "POD_UID",
                                        ValueFrom = new()
                                        {
                                            FieldRef = new() { FieldPath = "metadata.uid" },
                                        },
                                    },
                                    new()
                                    {
                                        Name = "URL",
                                        ValueFrom = new()
                                        {
                                            SecretKeyRef = new() { Name = "db", Key = "url" },
                                        },
                                    },
                                ],
                                Resources = new()
                                {
                                    Requests = new Dictionary<string, string>
                                    {
                                        ["cpu"] = "0.5",
                                        ["memory"] = "256Mi",
                                    },
                                    Limits = new Dictionary<string, string>
                                    {
                                        ["memory"] = "512Mi",
                                    },
                                },
                                ReadinessProbe = new()
                                {
                                    HttpGet = new() { Path = "/readyz", Port = "http" },
                                    PeriodSeconds = 2,
                                },
                                LivenessProbe = new()
                                {
                                    HttpGet = new() { Path = "/livez", Port = 8080 },
                                },
                                SecurityContext = new()
                                {
                                    AllowPrivilegeEscalation = false,
                                    ReadOnlyRootFilesystem = true,
                                    Capabilities = new() { Drop = ["ALL"] },
                                },
                                VolumeMounts = [new() { Name = "tmp", MountPath = "/tmp" }],
                            },
                        ],
                        Volumes =
                        [
                            new()
                            {
                                Name = "tmp",
                                EmptyDir = new() { Medium = "Memory", SizeLimit = "16Mi" },
                            },
                        ],
                    },
                },
            },
        };

        var live = await _client.ApplyAsync(sent, "tests");

        var container = live.Spec!.Template!.Spec!.Containers!.Single();
        container.Ports!.Single().Port.ShouldBe(8080);
        container.ReadinessProbe!.HttpGet!.Port.ShouldBe((IntOrString)"http");
        container.LivenessProbe!.HttpGet!.Port.ShouldBe((IntOrString)8080);
        container
            .Resources!.Requests!["cpu"]
            .ShouldBe("500m", "the server writes it in its own way");
        container.Env!.Select(e => e.Name).ShouldBe(["POD_UID", "URL"]);
        container.SecurityContext!.Capabilities!.Drop.ShouldBe(["ALL"]);
        live.Spec.UpdateStrategy!.Type.ShouldBe("OnDelete");
        live.Spec.Template.Spec.TopologySpreadConstraints!.Single().MaxSkew.ShouldBe(1);
        live.Spec.Template.Spec.Volumes!.Single().EmptyDir!.SizeLimit.ShouldBe("16Mi");
    }

    [Fact]
    public async Task Kinds_without_namespace_bytes_and_budgets_of_the_version_that_is_served_work_too()
    {
        var ns = await _client.GetAsync<Namespace>(_ns);
        ns!.Status!.Phase.ShouldBe("Active");

        var secret = await _client.CreateAsync(
            new Secret
            {
                Metadata = new() { Name = "s", Namespace = _ns },
                Data = new Dictionary<string, byte[]> { ["raw"] = [0, 255, 1] },
                StringData = new Dictionary<string, string> { ["text"] = "ä" },
            }
        );
        secret.Data!["raw"].ShouldBe([0, 255, 1]);
        secret.Data["text"].ShouldBe("ä"u8.ToArray());
        secret.ToString().ShouldBe($"Secret {_ns}/s", "contents must not get into logs");

        var metadata = new ObjectMeta { Name = "b", Namespace = _ns };
        var spec = new PodDisruptionBudgetSpec { MaxUnavailable = "25%" };
        var budget = await _client.IsServedAsync("policy", "v1", "PodDisruptionBudget")
            ? (
                await _client.ApplyAsync(
                    new PodDisruptionBudget { Metadata = metadata, Spec = spec },
                    "tests"
                )
            ).Spec
            : (
                await _client.ApplyAsync(
                    new PodDisruptionBudgetV1Beta1 { Metadata = metadata, Spec = spec },
                    "tests"
                )
            ).Spec;
        budget!.MaxUnavailable.ShouldBe((IntOrString)"25%");
    }

    [Fact]
    public async Task Discovery_knows_what_is_served()
    {
        var version = await _client.GetServerVersionAsync();
        version.AtLeast(1, 20).ShouldBeTrue();
        version.AtLeast(2, 0).ShouldBeFalse();
        (await _client.IsServedAsync("policy", "v1beta1", "PodDisruptionBudget")).ShouldBe(
            !version.AtLeast(1, 25)
        );
        (await _client.IsServedAsync("policy", "v1", "PodDisruptionBudget")).ShouldBe(
            version.AtLeast(1, 21)
        );
        (await _client.IsServedAsync("", "v1", "Pod")).ShouldBeTrue();
        (await _client.IsServedAsync("test.example.com", "v1", "Widget")).ShouldBeTrue();
        (await _client.IsServedAsync("test.example.com", "v1", "Gadget")).ShouldBeFalse();
        (await _client.IsServedAsync("none.example.com", "v1", "Widget")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_finalizer_comes_and_goes_without_touching_those_of_others()
    {
        var created = await _client.CreateAsync(
            Widget.Named("f", _ns) with
            {
                Metadata = new()
                {
                    Name = "f",
                    Namespace = _ns,
                    Finalizers = ["example.com/other"],
                },
            }
        );
        var ours = await _client.AddFinalizerAsync(created, "example.com/ours");
        ours.Metadata.Finalizers.ShouldBe(["example.com/other", "example.com/ours"]);
        (await _client.AddFinalizerAsync(ours, "example.com/ours")).ShouldBeSameAs(
            ours,
            "nothing to write"
        );

        var stale = await Should.ThrowAsync<KubernetesException>(() =>
            _client.RemoveFinalizerAsync(
                ours with
                {
                    Metadata = ours.Metadata with
                    {
                        ResourceVersion = created.Metadata.ResourceVersion,
                    },
                },
                "example.com/ours"
            )
        );
        stale.IsConflict.ShouldBeTrue(
            "the list is replaced as a whole, so only on the version that was read"
        );

        await _client.DeleteAsync<Widget>("f", _ns);
        var going = await _client.GetAsync<Widget>("f", _ns);
        going!.Metadata.IsBeingDeleted.ShouldBeTrue();
        (await _client.RemoveFinalizerAsync(going, "example.com/ours")).ShouldBeTrue();
        going = await _client.GetAsync<Widget>("f", _ns);
        going!.Metadata.Finalizers.ShouldBe(["example.com/other"]);
        (await _client.RemoveFinalizerAsync(going, "example.com/other")).ShouldBeTrue();
        (await _client.GetAsync<Widget>("f", _ns)).ShouldBeNull();
        (await _client.RemoveFinalizerAsync(going, "example.com/other")).ShouldBeFalse(
            "it is gone"
        );
    }

    [Fact]
    public async Task A_finalizer_is_not_put_on_an_object_of_the_same_name_made_again()
    {
        var first = await _client.CreateAsync(Widget.Named("again", _ns));
        await _client.DeleteAsync<Widget>("again", _ns);
        await _client.CreateAsync(Widget.Named("again", _ns));

        await Should.ThrowAsync<KubernetesException>(() =>
            _client.AddFinalizerAsync(first, "example.com/ours")
        );
        (await _client.GetAsync<Widget>("again", _ns))!.Metadata.Finalizers.ShouldBeNull();
    }

    [Fact]
    public async Task A_merge_patch_changes_what_it_says()
    {
        await _client.CreateAsync(Widget.Named("m", _ns, 1));
        var patched = await _client.PatchMergeAsync<Widget>(
            "m",
            _ns,
            new JsonObject { ["spec"] = new JsonObject { ["colour"] = "blue" } }
        );
        patched.Spec.ShouldBe(new WidgetSpec { Size = 1, Colour = "blue" });

        var status = await _client.PatchMergeAsync<Widget>(
            "m",
            _ns,
            new JsonObject { ["status"] = new JsonObject { ["phase"] = "Up" } },
            "status"
        );
        status.Status!.Phase.ShouldBe("Up");
    }
}
