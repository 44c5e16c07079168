using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Phones;
using WaOperator.Simulator.Statistics;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests;

public sealed class PartsTests
{
    private static readonly string Key = Convert.ToBase64String(
        Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()
    );

    [Fact]
    public void Both_forms_of_a_code_are_read()
    {
        var parts = $"2@ref+/=,{Key},{Key},{Key}";
        QrCode.TryParse(parts, out var old).ShouldBeTrue();
        QrCode
            .TryParse($"https://wa.me/settings/linked_devices#{parts},1", out var url)
            .ShouldBeTrue();
        old.Reference.ShouldBe("2@ref+/=");
        url.Reference.ShouldBe(old.Reference);
        url.AdvSecret.ShouldBe(old.AdvSecret);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a,b,c,d")]
    [InlineData("ref,AAAA,AAAA,AAAA")]
    public void Other_texts_are_no_codes(string? text) =>
        QrCode.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_prekey_with_a_known_id_replaces_the_old_one()
    {
        var pool = new PreKeyPool();
        pool.Add([new(1, new byte[32]), new(2, new byte[32])]);
        pool.Take()!.Value.Id.ShouldBe(1U);
        pool.Add([new(2, Enumerable.Repeat((byte)9, 32).ToArray()), new(3, new byte[32])]);
        pool.Count.ShouldBe(2);
        PreKeyPool
            .Unpack(pool.Packed.ToArray())
            .All()
            .Select(k => (k.Id, k.Public.Span[0]))
            .ShouldBe([(2U, (byte)9), (3U, (byte)0)]);
    }

    [Fact]
    public void Of_two_waiting_stanzas_with_one_id_the_named_senders_is_confirmed()
    {
        var mailbox = new Mailbox();
        mailbox.Add(new("message", "1", "anna", new BinaryNode("message")));
        mailbox.Add(new("message", "1", "bert", new BinaryNode("message")));
        mailbox.Confirm("message", "1", "bert").ShouldNotBeNull();
        mailbox.All.Single().From.ShouldBe("anna");
        mailbox.Confirm("receipt", "1", null).ShouldBeNull();
        mailbox.Confirm("message", "1", null).ShouldNotBeNull();
        mailbox.Count.ShouldBe(0);
    }

    [Fact]
    public void Away_counts_from_the_seen_loss_else_from_the_injection_between_the_logins()
    {
        var clock = new Clock(TimeProvider.System);
        var loggedIn = At(0);
        var mark = new Mark(At(10), "cut");
        var closed = new Loss(Ending.ClosedByClient, At(12), loggedIn, At(11));
        Gap.Measure(clock, closed, mark, At(15)).AwayMs.ShouldBe(3000);
        Gap.Measure(clock, closed, mark, At(15)).SinceMarkMs.ShouldBe(5000);

        var replaced = new Loss(Ending.Replaced, At(15), loggedIn, At(9));
        Gap.Measure(clock, replaced, mark, At(15)).AwayMs.ShouldBe(5000);
        Gap.Measure(clock, replaced, null, At(15)).AwayMs.ShouldBe(0);

        var later = new Loss(Ending.Replaced, At(30), At(20), At(29));
        Gap.Measure(clock, later, mark, At(30))
            .SinceMarkMs.ShouldBeNull("the injection came before that login");
    }

    private static Stamp At(int seconds) =>
        new(
            DateTimeOffset.UnixEpoch.AddSeconds(seconds),
            seconds * TimeProvider.System.TimestampFrequency
        );
}
