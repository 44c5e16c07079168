using WaOperator.SessionPod.Journal;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Journal;

public sealed class EventHubTests
{
    private static readonly MessageSent Some = new("3EB0", "491701234567@s.whatsapp.net", null);

    [Fact]
    public void A_follower_that_does_not_keep_up_is_told_and_holds_up_nobody()
    {
        var hub = new EventHub();
        var (slow, quick) = (hub.Follow(1), hub.Follow(1));
        var seen = 0;
        for (var i = 1; i <= Follower.MaxWaiting + 10; i++)
        {
            hub.Publish(1, new JournalEvent(i, Some));
            while (quick.TryTake(out _))
                seen++;
        }

        seen.ShouldBe(Follower.MaxWaiting + 10);
        quick.TakeMissed().ShouldBeFalse();
        slow.Count.ShouldBe(Follower.MaxWaiting);
        slow.TakeMissed().ShouldBeTrue();
        slow.TakeMissed().ShouldBeFalse();
    }

    [Fact]
    public void What_passes_takes_no_entry_its_place_and_is_left_out_where_it_is_not_read()
    {
        var hub = new EventHub();
        var slow = hub.Follow(1);
        for (var i = 1; i <= Follower.MaxWaiting; i++)
        {
            hub.Pass(1, Passing.Heard());
            hub.Publish(1, new JournalEvent(i, Some));
        }
        hub.Pass(2, Passing.Heard());

        slow.TakeMissed().ShouldBeFalse();
        var items = new List<JournalItem>();
        while (slow.TryTake(out var item))
            items.Add(item);
        items
            .OfType<JournalEvent>()
            .Select(e => e.Seq)
            .ShouldBe(Enumerable.Range(1, Follower.MaxWaiting).Select(i => (long)i));
        items.OfType<JournalPassing>().Count().ShouldBe(Follower.MaxPassing);

        hub.Pass(1, Passing.Heard());
        slow.TryTake(out var next).ShouldBeTrue("there is room again");
        next.ShouldBeOfType<JournalPassing>();
    }

    [Fact]
    public void Followers_hear_their_own_session_only_and_nothing_after_they_left()
    {
        var hub = new EventHub();
        var (one, two, gone) = (hub.Follow(1), hub.Follow(2), hub.Follow(1));
        hub.Leave(gone);
        hub.Leave(gone);
        hub.Publish(1, new JournalEvent(1, Some));

        one.Count.ShouldBe(1);
        two.Count.ShouldBe(0);
        gone.Count.ShouldBe(0);

        hub.End(1);
        hub.Leave(one);
        one.TryTake(out _).ShouldBeTrue();
        one.Ended.ShouldBeTrue();
        two.Ended.ShouldBeFalse();
    }
}
