using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Sessions;

public sealed class SessionDeletionTests
{
    private static readonly SessionFacts Paired = Make.Facts(shard: Make.Shard) with
    {
        Observed = Make.Observed(SessionPhase.Connected),
    };

    private static DeletionStep Decide(
        SessionFacts facts,
        double seconds = 1,
        WhatsAppSession? session = null
    ) =>
        SessionDeletion.Decide(
            session ?? Make.Session(deleting: true),
            facts,
            TimeSpan.FromSeconds(seconds)
        );

    [Fact]
    public void A_linked_session_is_unlinked_first_and_then_removed()
    {
        Decide(Paired).ShouldBe(DeletionStep.AskUnlink);
        var asked = Paired with { Stored = new(1, Make.Row(desired: DesiredState.Deleting)) };
        Decide(asked).ShouldBe(DeletionStep.Wait);
        Decide(asked with { Observed = Make.Observed(SessionPhase.Unlinked) })
            .ShouldBe(DeletionStep.Remove);
    }

    [Fact]
    public void Unlinking_is_given_up_after_a_minute()
    {
        Decide(Paired, 59.9).ShouldBe(DeletionStep.AskUnlink);
        Decide(Paired, 60).ShouldBe(DeletionStep.GiveUp);
    }

    [Fact]
    public void Who_has_no_device_goes_at_once()
    {
        Decide(Make.Facts()).ShouldBe(DeletionStep.Remove);
        Decide(Paired with { Observed = Make.Observed(SessionPhase.LoggedOut, paired: false) })
            .ShouldBe(DeletionStep.Remove);
    }

    [Fact]
    public void Who_pairs_just_now_may_have_a_device_at_any_moment()
    {
        var pairing = Paired with { Observed = Make.Observed(SessionPhase.Pairing, paired: false) };
        Decide(pairing).ShouldBe(DeletionStep.AskUnlink);
        Decide(pairing with { Shard = null }).ShouldBe(DeletionStep.Remove);
    }

    [Fact]
    public void Retain_keeps_and_skipping_removes()
    {
        Decide(Paired, session: Make.Session(deleting: true, deletionPolicy: "Retain"))
            .ShouldBe(DeletionStep.Retain);
        Decide(
                Paired,
                session: Make.Session(
                    deleting: true,
                    annotations: [(Annotations.SkipUnlink, "true")]
                )
            )
            .ShouldBe(DeletionStep.Remove);
    }
}
