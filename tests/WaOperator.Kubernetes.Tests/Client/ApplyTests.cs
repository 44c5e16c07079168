using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Client;

/// <summary>Server-side apply: who owns what, and no writes that change nothing.</summary>
public sealed class ApplyTests : IAsyncLifetime
{
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private string _ns = null!;

    public async Task InitializeAsync()
    {
        _server = await Cluster.ServerAsync();
        (_client, _ns) = await Cluster.AdminAsync();
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Fields_of_another_manager_stay_and_are_taken_over_only_by_force()
    {
        await _client.ApplyAsync(Widget.Named("a", _ns, 1), "one");
        var both = await _client.ApplyAsync(
            new Widget
            {
                Metadata = new()
                {
                    Name = "a",
                    Namespace = _ns,
                    Labels = new Dictionary<string, string> { ["from"] = "two" },
                },
            },
            "two"
        );
        both.Spec!.Size.ShouldBe(1);
        both.Metadata.Label("from").ShouldBe("two");

        var e = await Should.ThrowAsync<KubernetesException>(() =>
            _client.ApplyAsync(Widget.Named("a", _ns, 2), "two", force: false)
        );
        e.IsConflict.ShouldBeTrue();
        e.Message.ShouldContain("one", customMessage: "it says who owns the field");
        (await _client.ApplyAsync(Widget.Named("a", _ns, 2), "two")).Spec!.Size.ShouldBe(2);
    }

    [Fact]
    public async Task A_field_that_is_applied_no_more_is_gone()
    {
        await _client.ApplyAsync(
            Widget.Named("b", _ns) with
            {
                Spec = new() { Size = 1, Parts = ["x"] },
            },
            "tests"
        );
        (await _client.ApplyAsync(Widget.Named("b", _ns), "tests")).Spec!.Parts.ShouldBeNull();
    }

    [Fact]
    public async Task A_stale_resourceVersion_or_uid_is_refused()
    {
        var first = await _client.ApplyAsync(Widget.Named("c", _ns, 1), "tests");
        await _client.ApplyAsync(Widget.Named("c", _ns, 2), "tests");

        var stale = Widget.Named("c", _ns, 3) with
        {
            Metadata = new()
            {
                Name = "c",
                Namespace = _ns,
                ResourceVersion = first.Metadata.ResourceVersion,
            },
        };
        (
            await Should.ThrowAsync<KubernetesException>(() => _client.ApplyAsync(stale, "tests"))
        ).IsConflict.ShouldBeTrue();
        var other = Widget.Named("c", _ns, 3) with
        {
            Metadata = new()
            {
                Name = "c",
                Namespace = _ns,
                Uid = Guid.NewGuid().ToString(),
            },
        };
        await Should.ThrowAsync<KubernetesException>(() => _client.ApplyAsync(other, "tests"));
        (await _client.GetAsync<Widget>("c", _ns))!.Spec!.Size.ShouldBe(2);
    }

    [Fact]
    public async Task Status_is_applied_by_itself_and_neither_side_gives_up_the_others_fields()
    {
        var applier = new StatusApplier(_client, "tests");
        var labelled = Widget.Named("s", _ns) with
        {
            Metadata = new()
            {
                Name = "s",
                Namespace = _ns,
                Labels = new Dictionary<string, string> { ["l"] = "1" },
            },
        };
        var live = await _client.ApplyAsync(labelled, "tests");

        live = await applier.ApplyIfChangedAsync(
            live,
            // A spec has no business in the request: that it is another one must change nothing.
            live with
            {
                Spec = new() { Size = 99 },
                Status = new() { Phase = "Up", ObservedGeneration = 1 },
            }
        );
        live.Status!.Phase.ShouldBe("Up");
        live.Spec!.Size.ShouldBe(1);
        live.Metadata.Generation.ShouldBe(1);

        live = await _client.ApplyAsync(labelled with { Spec = new() { Size = 2 } }, "tests");
        live.Status.ShouldBe(new WidgetStatus { Phase = "Up", ObservedGeneration = 1 });
        live.Metadata.Label("l").ShouldBe("1");

        live = await applier.ApplyIfChangedAsync(
            live,
            live with
            {
                Status = new() { ObservedGeneration = 2 },
            }
        );
        live.Status.ShouldBe(
            new WidgetStatus { ObservedGeneration = 2 },
            "the phase is desired no more"
        );
        live.Spec!.Size.ShouldBe(2);
        live.Metadata.Label("l").ShouldBe("1");

        live = await _client.ApplyAsync(Widget.Named("s", _ns, 2), "tests");
        live.Metadata.Label("l")
            .ShouldBeNull(
                "the label is desired no more, and a status in between does not hide that it was ours"
            );
    }

    [Fact]
    public async Task Nothing_is_written_when_the_status_is_as_desired()
    {
        var applier = new StatusApplier(_client, "tests");
        var live = await _client.ApplyAsync(Widget.Named("q", _ns), "tests");
        var desired = live with { Status = new() { Phase = "Up" } };
        live = await applier.ApplyIfChangedAsync(live, desired);
        var writes = await WritesAsync();

        (await applier.ApplyIfChangedAsync(live, live with { })).ShouldBeSameAs(live);
        (await applier.ApplyIfChangedAsync(live, desired)).ShouldBeSameAs(live);
        (await WritesAsync()).ShouldBe(writes);
    }

    private async Task<int> WritesAsync() =>
        (await _server.AuditAsync()).Count(e => e.IsWrite && e.Namespace == _ns);
}
