using System.Text;
using WaOperator.Operator.Pairing;
using WaOperator.Operator.Sessions;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Pairing;

public sealed class PairingSecretTests
{
    private static readonly PairingCode Qr = new(1, 3, "QR", "2@secret,content", 1, 6, Make.Now);

    [Fact]
    public void A_QR_code_is_shown_as_content_and_as_a_drawing()
    {
        var secret = PairingSecret.Of(Make.Session(), Qr);
        secret.Metadata.Name.ShouldBe("support-pairing");
        secret.Metadata.Controller!.Uid.ShouldBe("uid-support");
        secret.Data!.Keys.ShouldBe(["qr", "qr.txt"]);
        Encoding.UTF8.GetString(secret.Data["qr"]).ShouldBe("2@secret,content");
        Encoding.UTF8.GetString(secret.Data["qr.txt"]).ShouldContain("█");
    }

    [Fact]
    public void Letters_are_shown_as_such() =>
        PairingSecret
            .DataOf(Qr with { Kind = "Code", Code = "ABCD1234" })
            .Single()
            .Key.ShouldBe("code");

    [Fact]
    public void Only_the_current_code_of_the_present_owner_is_shown_and_only_while_it_waits()
    {
        var facts = Make.Facts(shard: Make.Shard) with
        {
            Observed = Make.Observed(SessionPhase.Pairing, paired: false),
            Code = Qr,
        };
        var pairing = new SessionView("Pairing", Reasons.Pairing, "waits", Progress.Working);
        PairingSecret.IsWanted(facts, pairing).ShouldBeTrue();
        PairingSecret.IsWanted(facts with { Code = null }, pairing).ShouldBeFalse();
        PairingSecret
            .IsWanted(facts with { Code = Qr with { Epoch = 2 } }, pairing)
            .ShouldBeFalse();
        PairingSecret.IsWanted(facts, pairing with { Phase = "Connected" }).ShouldBeFalse();
    }
}
