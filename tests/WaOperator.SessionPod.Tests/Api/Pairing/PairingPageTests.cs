using System.Text.Json;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Api.Pairing;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Pairing;

public sealed class PairingPageTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_state_has_words_that_are_seen()
    {
        // A page that is ready shows one or the other code.
        var views = Enum.GetNames<PairingState>()
            .Except([nameof(PairingState.Ready)])
            .Concat(["Qr", "Code", "Away", "Gone"]);
        var page = PairingPage.Of(new("Waiting", "", ""), "n");
        foreach (var view in views)
        {
            page.ShouldContain($"[data-view=\"{view}\"] [data-for~=\"{view}\"]");
            page.ShouldContain($"<span data-for=\"{view}\">");
        }
    }

    [Fact]
    public void The_code_of_the_moment_is_in_the_page_as_it_begins()
    {
        var qr = new PairingAnswer("Ready", "", "") { Qr = "2@abc" };
        var shown = PairingPage.Of(qr.Drawn(), "n");
        shown.ShouldContain("<main data-view=\"Qr\">");
        shown.ShouldContain($"src=\"{qr.Drawn().Png}\"");
        shown.ShouldContain("<noscript><meta http-equiv=\"refresh\"");

        var typed = PairingPage.Of(new("Ready", "", "") { Code = "<b>\"{view}" }, "n");
        typed.ShouldContain("<main data-view=\"Code\">");
        typed.ShouldContain("<code>&lt;b&gt;&quot;{view}</code>");
        PairingPage.Of(new("Linked", "", ""), "n").ShouldContain("<main data-view=\"Linked\">");
    }

    [Fact]
    public void The_script_for_a_passkey_stands_in_the_page_and_in_the_documentation()
    {
        PairingPage
            .Of(new("PasskeyRequired", "", ""), "n")
            .ShouldContain("navigator.credentials.get");
        File.ReadAllText(Path.Combine(KubernetesBinaries.RepositoryRoot(), "docs", "passkeys.md"))
            .ShouldContain(PairingPage.Script);
        PairingPage.Script.ShouldContain("OPTIONS");
        // Also where no stream can be had.
        var filled = PairingPage.Of(
            new("PasskeyRequired", "", "")
            {
                Passkey = JsonElement.Parse("""{"a":"</textarea>"}"""),
            },
            "n"
        );
        filled.ShouldContain("const options = {&quot;a&quot;:&quot;&lt;/textarea&gt;&quot;};");
        // A code that is compared is not one that is typed.
        PairingPage
            .Of(new("Comparing", "", "") { Code = "ABCD1234" }, "n")
            .ShouldContain("<main data-view=\"Comparing\">");
    }

    [Fact]
    public void Nothing_runs_or_loads_but_the_page_s_own()
    {
        var page = PairingPage.Of(new("Waiting", "", ""), "abc");
        page.ShouldNotContain("://");
        page.ShouldNotContain("=\"//");
        page.ShouldNotContain(" style=");
        page.ShouldNotContain("{nonce}");
        page.Split("<script").Length.ShouldBe(2);
        page.ShouldContain("<script nonce=\"abc\">");
        page.ShouldContain("<style nonce=\"abc\">");
    }

    [Fact]
    public void A_link_shows_no_code_of_a_pairing_after_its_own()
    {
        var fresh = State(lastConnectedAt: null);
        var first = Link(fresh);
        PairingLinks.Shows(first, fresh).ShouldBeTrue();
        PairingLinks.Shows(first, fresh with { PairRequest = "2" }).ShouldBeTrue("the next round");
        var linked = State(Now) with { Paired = true };
        PairingLinks.Shows(first, linked).ShouldBeTrue("it says that the phone is linked");

        var unlinked = linked with { Paired = false };
        PairingLinks.Shows(first, unlinked).ShouldBeFalse();
        var second = Link(unlinked);
        PairingLinks.Shows(second, unlinked).ShouldBeTrue();
        // PostgreSQL keeps microseconds, which the next owner reads.
        PairingLinks
            .Shows(Link(State(Now.AddTicks(12_345_678))), State(Now.AddTicks(12_345_670)))
            .ShouldBeTrue();
        PairingLinks.Shows(second, State(Now.AddSeconds(1))).ShouldBeFalse();
    }

    private static SignedLink Link(SessionState state) =>
        new(LinkKind.Pairing, 1, "ns", "s", PairingLinks.TargetOf(state), Now);

    private static SessionState State(DateTimeOffset? lastConnectedAt) =>
        new()
        {
            SessionId = 1,
            Epoch = 1,
            Phase = SessionPhase.Pairing,
            LastConnectedAt = lastConnectedAt,
        };
}
