using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Events;

public sealed class EventCorrelatorTests
{
    private readonly FakeTime _time = new();
    private readonly EventCorrelator _correlator;

    public EventCorrelatorTests() => _correlator = new(new() { Component = "tests" }, _time);

    [Fact]
    public void The_same_event_within_the_window_is_counted_up_and_after_it_is_new()
    {
        var first = Say("a", "Placed", "on shard 1")!;
        first.IsNew.ShouldBeTrue();
        first.Event.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(9));
        var second = Say("a", "Placed", "on shard 1")!;
        second.IsNew.ShouldBeFalse();
        second.Event.Metadata.Name.ShouldBe(first.Event.Metadata.Name);
        second.Event.Count.ShouldBe(2);
        second.Event.FirstTimestamp.ShouldBe(first.Event.FirstTimestamp);
        second.Event.LastTimestamp.ShouldBe(_time.GetUtcNow());

        Say("a", "Placed", "on shard 2")!.IsNew.ShouldBeTrue("another message");
        Say("b", "Placed", "on shard 1")!.IsNew.ShouldBeTrue("another object");
        _time.Advance(TimeSpan.FromMinutes(10));
        var late = Say("a", "Placed", "on shard 1")!;
        late.IsNew.ShouldBeTrue();
        late.Event.Metadata.Name.ShouldNotBe(first.Event.Metadata.Name);
    }

    [Fact]
    public void Many_messages_of_one_reason_become_one_event()
    {
        for (var i = 0; i < 10; i++)
            Say("a", "Failed", $"attempt {i}")!.IsNew.ShouldBeTrue();
        var eleventh = Say("a", "Failed", "attempt 10")!;
        eleventh.IsNew.ShouldBeTrue();
        eleventh.Event.Message.ShouldBe("(combined from similar events): attempt 10");
        var twelfth = Say("a", "Failed", "attempt 11")!;
        twelfth.IsNew.ShouldBeFalse();
        twelfth.Event.Metadata.Name.ShouldBe(eleventh.Event.Metadata.Name);
        twelfth.Event.Message.ShouldBe("(combined from similar events): attempt 11");
        twelfth.Event.Count.ShouldBe(2);
        Say("a", "Failed", "attempt 3")!
            .Event.Count.ShouldBe(2, "a message that has its own event keeps it");
    }

    [Fact]
    public void An_object_cannot_flood_but_gets_its_share_again_in_time()
    {
        for (var i = 0; i < 25; i++)
            Say("a", $"Reason{i}", "x").ShouldNotBeNull();
        Say("a", "OneMore", "x").ShouldBeNull();
        Say("b", "Other", "x").ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(5));
        Say("a", "Later", "x").ShouldNotBeNull();
        Say("a", "Later", "y").ShouldBeNull();
    }

    [Fact]
    public void Names_stay_within_their_limit_and_objects_without_namespace_have_theirs_in_default()
    {
        var name = new string('n', 253);
        var e = _correlator
            .Correlate(new(new() { Kind = "Node", Name = name }, "Normal", "Up", "x"))!
            .Event;
        e.Metadata.Name!.Length.ShouldBeLessThanOrEqualTo(253);
        e.Metadata.Namespace.ShouldBe("default");
        e.InvolvedObject!.Name.ShouldBe(name);
    }

    private EventWrite? Say(string name, string reason, string message) =>
        _correlator.Correlate(
            new(
                new()
                {
                    Kind = "Widget",
                    Namespace = "ns",
                    Name = name,
                    Uid = name,
                },
                "Normal",
                reason,
                message
            )
        );
}

/// <summary>The recorder on a real server.</summary>
public sealed class EventRecorderTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private KubernetesClient _client = null!;
    private string _ns = null!;
    private EventRecorder _recorder = null!;
    private Task _running = null!;

    public async Task InitializeAsync()
    {
        (_client, _ns) = await Cluster.AdminAsync();
        _recorder = new(
            _client,
            new() { Component = "tests", Instance = "pod-1" },
            NullLoggerFactory.Instance
        );
        _running = _recorder.RunAsync(_stop.Token);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _client.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Repetitions_are_one_event_with_a_count()
    {
        var widget = await _client.CreateAsync(Widget.Named("w", _ns));
        _recorder.Warning(widget, "Unplaced", "no room");
        _recorder.Warning(widget, "Unplaced", "no room");
        _recorder.Warning(widget, "Unplaced", "no room");
        _recorder.Normal(widget, "Placed", new string('ä', 2000));

        var events = await EventsAsync(e => e.Any(x => x.Count == 3) && e.Count == 2);
        var unplaced = events.Single(e => e.Reason == "Unplaced");
        unplaced.Type.ShouldBe("Warning");
        unplaced.Message.ShouldBe("no room");
        unplaced.InvolvedObject!.Uid.ShouldBe(widget.Metadata.Uid);
        unplaced.InvolvedObject.Kind.ShouldBe("Widget");
        unplaced.Source!.Component.ShouldBe("tests");
        unplaced.LastTimestamp.ShouldNotBeNull();
        events.Single(e => e.Reason == "Placed").Message!.ShouldEndWith("…");
    }

    [Fact]
    public async Task An_event_that_the_server_has_forgotten_is_made_again()
    {
        var widget = await _client.CreateAsync(Widget.Named("w", _ns));
        _recorder.Normal(widget, "Placed", "on shard 1");
        var first = (await EventsAsync(e => e.Count == 1)).Single();
        await _client.DeleteAsync<Event>(first.Metadata.Name!, _ns);
        _recorder.Normal(widget, "Placed", "on shard 1");
        (await EventsAsync(e => e.Count == 1)).Single().Count.ShouldBe(2);
    }

    private async Task<IReadOnlyList<Event>> EventsAsync(Func<IReadOnlyList<Event>, bool> until) =>
        await Eventually.Get(
            "the events are there",
            async () =>
                (await _client.ListAsync<Event>(_ns)).Items is var items && until(items)
                    ? items
                    : null
        );
}
