using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests.Messages;

public sealed class SharedRecordsTests
{
    [Fact]
    public void What_was_used_least_lately_goes_first_and_the_limit_holds()
    {
        var cache = new SharedRecords(limit: 3 * 300);
        var owner = cache.NewOwner();
        for (var i = 1; i <= 3; i++)
            cache.Put(owner, new((UInt128)i), Row(i, 100));
        cache.TryGet(owner, new(1), out _).ShouldBeTrue();

        cache.Put(owner, new(4), Row(4, 100));

        cache.TryGet(owner, new(2), out _).ShouldBeFalse();
        cache.TryGet(owner, new(1), out var one).ShouldBeTrue();
        one!.Ciphertext!.Length.ShouldBe(100);
        cache.Bytes.ShouldBe(900);

        cache.Put(owner, new(5), Row(5, 500));

        cache.Bytes.ShouldBeLessThanOrEqualTo(900);
        cache.TryGet(owner, new(5), out _).ShouldBeTrue();
        cache.Put(owner, new(6), Row(6, 10_000));
        cache.TryGet(owner, new(6), out _).ShouldBeFalse();
    }

    [Fact]
    public void Absence_is_remembered_and_owners_do_not_see_each_other()
    {
        var cache = new SharedRecords(limit: 10_000);
        var (a, b) = (cache.NewOwner(), cache.NewOwner());
        cache.TryAdd(a, new(1), null);
        cache.TryAdd(a, new(1), Row(1, 1));

        cache.TryGet(a, new(1), out var row).ShouldBeTrue();
        row.ShouldBeNull();
        cache.TryGet(b, new(1), out _).ShouldBeFalse();
    }

    private static RecordRow Row(int name, int size) => new(new((UInt128)name), 1, new byte[size]);
}
