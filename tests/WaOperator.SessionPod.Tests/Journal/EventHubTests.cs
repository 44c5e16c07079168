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
            while (quick.Entries.TryRead(out _))
                seen++;
        }

        seen.ShouldBe(Follower.MaxWaiting + 10);
        quick.TakeMissed().ShouldBeFalse();
        slow.Entries.Count.ShouldBe(Follower.MaxWaiting);
        slow.TakeMissed().ShouldBeTrue();
        slow.TakeMissed().ShouldBeFalse();
    }

    [Fact]
    public void Followers_hear_their_own_session_only_and_nothing_after_they_left()
    {
        var hub = new EventHub();
        var (one, two, gone) = (hub.Follow(1), hub.Follow(2), hub.Follow(1));
        hub.Leave(gone);
        hub.Leave(gone);
        hub.Publish(1, new JournalEvent(1, Some));

        one.Entries.Count.ShouldBe(1);
        two.Entries.Count.ShouldBe(0);
        gone.Entries.Count.ShouldBe(0);

        hub.End(1);
        hub.Leave(one);
        one.Entries.TryRead(out _).ShouldBeTrue();
        one.Entries.Completion.IsCompleted.ShouldBeTrue();
        two.Entries.Completion.IsCompleted.ShouldBeFalse();
    }
}
