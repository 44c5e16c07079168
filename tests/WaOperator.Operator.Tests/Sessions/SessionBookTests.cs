using WaOperator.Operator.Sessions;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Sessions;

public sealed class SessionBookTests
{
    private readonly SessionBook _book = new();
    private readonly List<string> _told = [];

    public SessionBookTests() => _book.Changed.Subscribe(f => _told.Add(f.Uid));

    [Fact]
    public void A_change_is_told_once_and_no_change_is_not_told()
    {
        _book.Update("a", new("ns", "a"), f => f with { Suspended = true });
        _book.Update("a", new("ns", "a"), f => f with { Suspended = true });
        _book.UpdateKnown("unknown", f => f with { Suspended = true });
        _told.ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_session_that_is_removed_while_it_is_changed_does_not_come_back()
    {
        var book = new SessionBook();
        using var stop = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                book.UpdateKnown("a", f => f with { Suspended = !f.Suspended });
        });
        var back = 0;
        for (var i = 0; i < 200_000; i++)
        {
            book.Update("a", new("ns", "a"), f => f with { Shard = Make.Shard });
            book.Remove("a");
            back += book.Find("a") is null ? 0 : 1;
        }
        await stop.CancelAsync();
        await changing;
        back.ShouldBe(0);
        book.All().ShouldBeEmpty();
    }

    [Fact]
    public void Sessions_are_found_by_uid_name_and_row()
    {
        _book.Load(new(9, Make.Row()));
        _book.Find("uid-support")!.Stored!.Id.ShouldBe(9);
        _book.Find(9).ShouldBe(_book.Find("uid-support"));
        _book
            .Find(new Kubernetes.Objects.NamespacedName(Make.Ns, "support"))
            .ShouldBe(_book.Find("uid-support"));
        _book.UpdateKnown("uid-support", f => f with { Stored = null });
        _book.Find(9).ShouldBeNull();
    }

    [Fact]
    public void Sessions_are_found_by_the_pool_and_the_shard_that_they_have_now()
    {
        var other = new ShardId("another-pool", 3);
        _book.Load(new(9, Make.Row()));
        _book.Update("uid-other", new("ns", "other"), f => f);
        _book.OfPool(Make.Shard.PoolUid).Select(f => f.Uid).ShouldBe(["uid-support"]);
        _book.OfShard(Make.Shard).ShouldBeEmpty();

        _book.UpdateKnown("uid-support", f => f with { Shard = Make.Shard });
        _book.OfShard(Make.Shard).ShouldBe([_book.Find("uid-support")!]);

        _book.UpdateKnown("uid-support", f => f with { Shard = other });
        _book.OfShard(Make.Shard).ShouldBeEmpty();
        _book.OfShard(other).ShouldBe([_book.Find("uid-support")!]);
        _book.OfPool(other.PoolUid).ShouldBeEmpty("its row names the first pool");
        _book.OfPoolOrIn(other.PoolUid).ShouldBe([_book.Find("uid-support")!]);
        _book.OfPoolOrIn(Make.Shard.PoolUid).ShouldBe([_book.Find("uid-support")!]);

        _book.Remove("uid-support");
        _book.OfShard(other).ShouldBeEmpty();
        _book.OfPoolOrIn(Make.Shard.PoolUid).ShouldBeEmpty();
    }

    [Fact]
    public void A_session_is_unclaimed_until_its_shard_reports_it_and_while_it_is_said_to_be_held()
    {
        _book.Load(new(9, Make.Row()));
        _book.Unclaimed().ShouldBeEmpty("it has no place");
        _book.UpdateKnown("uid-support", f => f with { Shard = Make.Shard });
        _book.Unclaimed().ShouldBe([_book.Find("uid-support")!]);

        var seen = Make.Observed(SessionPhase.Connected);
        _book.UpdateKnown("uid-support", f => f with { Observed = seen, Shard = seen.Shard });
        _book.Unclaimed().ShouldBeEmpty();
        _book.UpdateKnown("uid-support", f => f with { HeldBy = "a former owner" });
        _book.Unclaimed().ShouldBe([_book.Find("uid-support")!]);
    }

    [Fact]
    public void A_phone_is_held_in_all_forms_of_its_number()
    {
        _book.TakePhone("5511987654399", "a").ShouldBe("a");
        _book.TakePhone("551187654399", "b").ShouldBe("a");
        _book.HolderOf("551187654399").ShouldBe("a");
        _book.GiveBackPhone("a");
        _book.HolderOf("5511987654399").ShouldBeNull();
    }

    [Fact]
    public void Who_has_a_phone_keeps_it_until_it_gives_it_back()
    {
        _book.Update("a", new("ns", "a"), f => f);
        _book.Update("b", new("ns", "b"), f => f);
        _book.TakePhone("1", "a").ShouldBe("a");
        _book.TakePhone("1", "b").ShouldBe("a");
        _book.TakePhone("1", "a").ShouldBe("a");
        _book.GiveBackPhone("b").ShouldBeNull();
        _book.HolderOf("1").ShouldBe("a");
        _book.TakePhone("2", "a").ShouldBe("a");
        _book.HolderOf("1").ShouldBeNull("a session has one phone");
        _book.GiveBackPhone("a").ShouldBe("2");
        _book.TakePhone("2", "a");
        _book.Remove("a");
        _book.HolderOf("2").ShouldBeNull();
    }

    [Fact]
    public void A_name_belongs_to_whoever_had_it_last()
    {
        _book.Update("old", new("ns", "x"), f => f);
        _book.Update("new", new("ns", "x"), f => f);
        _book.Remove("old");
        _book.Find(new Kubernetes.Objects.NamespacedName("ns", "x"))!.Uid.ShouldBe("new");
    }
}
