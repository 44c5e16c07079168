using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Tests.Cache;

public sealed class StoreTests
{
    private readonly Store<Widget> _store = new();

    [Fact]
    public void An_index_follows_its_objects()
    {
        Put("a", 1, "x", "y");
        _store.AddIndex("parts", w => w.Spec!.Parts ?? []);
        Put("b", 1, "y", "y");
        Names("x").ShouldBe(["a"]);
        Names("y").ShouldBe(["a", "b"]);

        Put("a", 2, "z");
        Names("x").ShouldBeEmpty();
        Names("y").ShouldBe(["b"]);
        Names("z").ShouldBe(["a"]);
        _store
            .ByIndex("parts", "z")
            .Single()
            .Spec!.Size.ShouldBe(2, "the object of now, not of when it was indexed");

        _store.Remove(new("ns", "a"));
        Names("z").ShouldBeEmpty();
        _store.Count.ShouldBe(1);
        _store.Get("ns", "a").ShouldBeNull();
    }

    [Fact]
    public void An_index_that_is_not_there_or_there_twice_is_a_fault()
    {
        _store.AddIndex("parts", _ => []);
        Should.Throw<ArgumentException>(() => _store.AddIndex("parts", _ => []));
        Should
            .Throw<ArgumentException>(() => _store.ByIndex("none", "x").ToList())
            .Message.ShouldContain("widgets.test.example.com has no index \"none\"");
    }

    /// <summary>A reader beside the writer sees each object in one of its states and no index entry that contradicts the object.</summary>
    [Fact]
    public async Task Readers_need_no_lock()
    {
        _store.AddIndex("parts", w => w.Spec!.Parts ?? []);
        using var stop = new CancellationTokenSource();
        var reads = 0;
        var readers = Enumerable
            .Range(0, 2)
            .Select(_ =>
                Task.Run(() =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        _store
                            .ByIndex("parts", "p1")
                            .ShouldAllBe(w => w.Metadata.Name!.StartsWith('w'));
                        _store.Count(w => w.Spec!.Size < 0).ShouldBe(0);
                        Interlocked.Increment(ref reads);
                    }
                })
            )
            .ToArray();
        for (var i = 0; i < 20_000 || Volatile.Read(ref reads) < 10; i++)
        {
            Put($"w{i % 50}", i, $"p{i % 7}");
            if (i % 5 == 0)
                _store.Remove(new("ns", $"w{i % 25}"));
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    private string[] Names(string part) =>
        [
            .. _store
                .ByIndex("parts", part)
                .Select(w => w.Metadata.Name!)
                .Order(StringComparer.Ordinal),
        ];

    private void Put(string name, int size, params string[] parts)
    {
        var widget = Widget.Named(name, "ns") with
        {
            Spec = new() { Size = size, Parts = parts },
        };
        _store.Put(NamespacedName.Of(widget), widget);
    }
}
