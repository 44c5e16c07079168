using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Events on their way from a session to an endpoint, through a whole pod.</summary>
public sealed class DeliveryTests
{
    [Fact]
    public async Task Events_arrive_signed_in_order_and_once()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant);

        for (var i = 1; i <= 50; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));

        await world.Receiver.TakenAsync(50);
        var taken = world.Receiver.Taken.ToArray();
        taken.Length.ShouldBe(50);
        taken.Select(t => t.Id).ShouldBeUnique();
        taken.ShouldAllBe(t => t.IsSignedBy(WebhookWorld.Secret) && t.Attempt == 1);
        foreach (var chat in taken.GroupBy(t => t.Chat))
            chat.Select(t => int.Parse(t.MessageId[1..])).ShouldBeInOrder();
        await Eventually.True(
            "the cursor is at the end",
            async () =>
                await world.NumberAsync(
                    $"select coalesce(max(seq), 0) from wa.webhook_cursor where webhook_id = {webhook}"
                ) == 50
        );
    }
}
