using Npgsql;

namespace Orders;

/// <summary>What the bot does with what customers say, each time in the transaction that remembers the event.</summary>
internal sealed class Bot(Settings settings, Texts texts, OrderStore store, Outbox outbox)
{
    /// <summary>A text: an order, a yes, or something for a person to read.</summary>
    public async Task ReadAsync(NpgsqlConnection connection, string cause, CustomerMessage message)
    {
        var language = settings.Shops[message.Shop].Language;
        var word = texts.Of(language, "order");
        if (OrderText.IsOrder(message.Text, word))
        {
            if (OrderText.Read(message.Text, word) is { } items)
                await OrderAsync(connection, message, items);
            else
                await outbox.AddTextAsync(connection, cause, message, texts.Of(language, "howTo"));
        }
        else if (
            OrderText.IsYes(message.Text, texts.Of(language, "yes"))
            && await DraftAsync(connection, message) is { } draft
            && OrderMachine.Agreed(draft.State) is { } step
        )
            await store.StepAsync(connection, draft, step);
    }

    /// <summary>A vote. One on an order that was rated before, or never delivered, changes nothing.</summary>
    public async Task CountAsync(NpgsqlConnection connection, string shop, Vote vote)
    {
        if (
            await OrderStore.VotedAsync(connection, shop, vote.Order) is { } order
            && OrderMachine.Rated(order.State, vote.Rating) is { } step
        )
            await store.StepAsync(connection, order with { Rating = vote.Rating }, step);
    }

    private async Task OrderAsync(
        NpgsqlConnection connection,
        CustomerMessage message,
        IReadOnlyList<Item> items
    )
    {
        var draft = await DraftAsync(connection, message);
        var order = draft is null
            ? await store.AddAsync(
                connection,
                message.Shop,
                message.Session,
                message.Customer,
                items
            )
            : draft with
            {
                Items = items,
                Revision = draft.Revision + 1,
            };
        if (OrderMachine.Ordered(draft?.State) is { } step)
            await store.StepAsync(connection, order, step);
    }

    private static Task<Order?> DraftAsync(NpgsqlConnection connection, CustomerMessage message) =>
        OrderStore.DraftAsync(connection, message.Shop, message.Session, message.Customer);
}
