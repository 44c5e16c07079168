using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class AftermathTests
{
    [Theory]
    [InlineData(DisconnectKind.PairingExpired)]
    [InlineData(DisconnectKind.PairingRejected)]
    [InlineData(DisconnectKind.PasskeyRequired)]
    public void What_only_a_person_can_change_waits_for_a_request(DisconnectKind end)
    {
        var after = Aftermath.Of(end, SessionPhase.Pairing, paired: false);
        SessionPlan.NeedsRequest(after.Phase).ShouldBeTrue();
        after.WipeKeys.ShouldBeFalse();
    }

    [Theory]
    [InlineData(DisconnectKind.ConnectionLost)]
    [InlineData(DisconnectKind.StoreFailed)]
    [InlineData(DisconnectKind.ServerError)]
    public void A_linked_device_that_lost_its_connection_dials_again(DisconnectKind end)
    {
        var after = Aftermath.Of(end, SessionPhase.Connected, paired: true);
        after.ShouldBe(new Aftermath(SessionPhase.Reconnecting, Redial.Backoff));
    }

    [Fact]
    public void Every_end_is_a_reason_of_the_catalogue()
    {
        foreach (var kind in Enum.GetValues<DisconnectKind>())
            WaOperator.Domain.Reasons.Of(kind).Meaning.ShouldNotBeEmpty(kind.ToString());
    }
}
