using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Messages;

public sealed class SessionOutboxTests
{
    [Fact]
    public async Task Of_requests_with_one_id_each_is_decided_before_the_next()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var outbox = pod.OutboxOf(session.Name);
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (asked, askedTwice) = (new TaskCompletionSource(), false);

        var one = AcceptAsync(async () =>
        {
            await first.Task;
            return SendRefusal.NotAllowed;
        });
        var two = AcceptAsync(async () =>
        {
            asked.SetResult();
            await second.Task;
            return null;
        });
        first.SetResult();
        (await one).Outcome.ShouldBe(AcceptOutcome.Refused);
        await asked.Task;
        var three = AcceptAsync(() =>
        {
            askedTwice = true;
            return Task.FromResult<SendRefusal?>(SendRefusal.NotAllowed);
        });
        // One of another id, which comes after it, is decided by now.
        (
            await AcceptAsync(
                () => Task.FromResult<SendRefusal?>(SendRefusal.NotAllowed),
                "3EB0000002"
            )
        ).Outcome.ShouldBe(AcceptOutcome.Refused);
        second.SetResult();

        (await two).Outcome.ShouldBe(AcceptOutcome.Accepted);
        (await three).Outcome.ShouldBe(AcceptOutcome.Accepted);
        askedTwice.ShouldBeFalse();

        Task<Acceptance> AcceptAsync(Func<Task<SendRefusal?>> admit, string id = "3EB0000001") =>
            outbox.AcceptAsync(
                OutgoingMessage.Of(
                    id,
                    Jid.Parse("4917012345@s.whatsapp.net"),
                    MessageContent.Text("x")
                ),
                known: true,
                new(new(10, 1), new(10, 1)),
                admit,
                due: null,
                default
            );
    }
}
