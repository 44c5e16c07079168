using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Controllers;

public sealed class ExpectationsTests
{
    private readonly FakeTime _time = new();
    private readonly FakeInformer _informer = new();
    private readonly Expectations<string> _expectations;

    public ExpectationsTests() => _expectations = new(_time, TimeSpan.FromSeconds(30));

    [Fact]
    public void A_key_is_held_until_the_cache_has_seen_every_write()
    {
        _expectations.AreMet("a", out _).ShouldBeTrue("nothing was written");
        _expectations.ExpectAtLeast("a", _informer, FakeApi.Widget("w", 5));
        _expectations.ExpectAtLeast("a", _informer, FakeApi.Widget("w", 7));
        _informer.Version = 6;
        _expectations.AreMet("a", out _).ShouldBeFalse();
        _expectations.AreMet("b", out _).ShouldBeTrue();
        _informer.Version = 7;
        _expectations.AreMet("a", out var overdue).ShouldBeTrue();
        overdue.ShouldBeNull();
        _informer.Version = 0;
        _expectations.AreMet("a", out _).ShouldBeTrue("what was met is forgotten");
    }

    [Fact]
    public void A_write_that_is_never_seen_holds_no_key_for_ever()
    {
        _expectations.ExpectAtLeast("a", _informer, FakeApi.Widget("w", 5));
        _time.Advance(TimeSpan.FromSeconds(29));
        _expectations.AreMet("a", out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        _expectations.AreMet("a", out var overdue).ShouldBeTrue();
        overdue.ShouldBe("fake at 5");
    }

    private sealed class FakeInformer : IInformer
    {
        public int Version { get; set; }
        public string Name => "fake";
        public bool HasSynced => true;

        public Task WaitForSyncAsync(CancellationToken ct) => Task.CompletedTask;

        public bool HasSeen(string? ns, string? resourceVersion) =>
            ResourceVersion.IsAtLeast($"{Version}", resourceVersion);

        public Task RunAsync(CancellationToken ct) => Task.CompletedTask;
    }
}
