using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Messages;

public sealed class RetryChoiceTests
{
    private const string Ana = "491700000001@s.whatsapp.net";
    private const string Ben = "491700000002@s.whatsapp.net";

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly SendRefusal Soon = SendRefusal.Limited(
        QuotaLimit.Recipient,
        TimeSpan.FromSeconds(7),
        new(100, 1, 0)
    );

    [Fact]
    public async Task Behind_a_message_that_has_to_wait_the_others_of_its_chat_wait()
    {
        var counted = new List<Jid>();
        var choice = Choice(to =>
        {
            counted.Add(to);
            return to == Jid.Parse(Ana) && counted.Count == 2
                ? new(Soon, Reached: QuotaLimit.Recipient)
                : default;
        });

        (await TakenAsync(choice, Ana, Ana, Ben, Ana, Ben)).ShouldBe([0, 2, 4]);
        choice.Queued(3);
        // The third to Ana was not counted by any limit.
        counted.Count.ShouldBe(4);
        var result = choice.Result(ChangeOutcome.Done, Now);
        (result.Retried, result.More, result.Next, result.Refusal).ShouldBe((3, true, null, Soon));
    }

    [Fact]
    public async Task A_limit_of_the_tenant_ends_it_and_rules_leave_a_chat_out()
    {
        var asked = 0;
        var choice = Choice(to =>
            to == Jid.Parse(Ana) ? Forbidden()
            : ++asked == 2 ? new(Soon, Reached: QuotaLimit.Minute)
            : default
        );

        (await TakenAsync(choice, Ana, Ana, Ben, Ben)).ShouldBe([2]);
        choice.Ended.ShouldBeTrue();
        var result = choice.Result(ChangeOutcome.Done, null);
        (result.Skipped, result.More, result.Refusal).ShouldBe((2, true, Soon));

        static Admission Forbidden() => new(SendRefusal.NotAllowed);
    }

    [Fact]
    public async Task What_expired_or_is_damaged_is_left_and_a_full_queue_ends_it()
    {
        var choice = Choice(_ => default, most: 1);
        (
            await choice.TakesAsync(Failed(Ana) with { ExpiresAt = Now }, Now, default, default)
        ).ShouldBeFalse();
        (await choice.TakesAsync(null, Now, default, default)).ShouldBeFalse();
        choice.Result(ChangeOutcome.Done, Now).Next.ShouldBe(Now);
        choice
            .Result(ChangeOutcome.Done, null)
            .ShouldBe(new Retrial(ChangeOutcome.Done) { Skipped = 2 });
        (await TakenAsync(choice, Ana)).ShouldBe([0]);
        choice.Result(ChangeOutcome.Done, null).More.ShouldBeFalse();
        (await TakenAsync(choice, Ben)).ShouldBeEmpty();
        (choice.Ended, choice.Result(ChangeOutcome.Done, null).More).ShouldBe((true, true));

        choice = Choice(_ => default);
        (await choice.TakesAsync(Failed(Ana), Now, new Backlog(10, 0), default)).ShouldBeFalse();
        choice.Result(ChangeOutcome.Done, null).Full.ShouldBeTrue();
        choice = Choice(_ => default);
        (await choice.TakesAsync(Failed(Ana), Now, default, new Backlog(20, 0))).ShouldBeFalse();
        choice.Result(ChangeOutcome.Done, null).Refusal!.Slug.ShouldBe("queue-full");
    }

    [Fact]
    public void A_message_has_to_fit_all_that_is_given()
    {
        var all = new DeadLetters(null, null, null, null, 1);
        all.Fit(Failed(Ana)).ShouldBeTrue();
        (all with { Reason = "(463)" }).Fit(Failed(Ana)).ShouldBeTrue();
        (all with { Reason = "(404)" }).Fit(Failed(Ana)).ShouldBeFalse();
        (all with { Reason = "x" }).Fit(Failed(Ana) with { Error = null }).ShouldBeFalse();
        (all with { Chat = Jid.Parse(Ana) }).Fit(Failed(Ana)).ShouldBeTrue();
        (all with { Chat = Jid.Parse(Ana), Reason = "(404)" }).Fit(Failed(Ana)).ShouldBeFalse();
        (all with { Chat = Jid.Parse(Ana) }).Fit(Failed(Ben)).ShouldBeFalse();
    }

    private static RetryChoice Choice(Func<Jid, Admission> admit, int most = 100) =>
        new(
            new(null, null, null, null, most),
            new(new(10, 1), new(20, 1)),
            message => Task.FromResult(admit(Jid.Parse(message.Chat)))
        );

    private static async Task<List<int>> TakenAsync(RetryChoice choice, params string[] chats)
    {
        var taken = new List<int>();
        for (var i = 0; i < chats.Length; i++)
            if (await choice.TakesAsync(Failed(chats[i]), Now, default, default))
                taken.Add(i);
        return taken;
    }

    private static OutboundMessage Failed(string chat) =>
        new("3EB0000001", chat, OutboundState.Failed, [1], null, "refused (463)");
}
