using System.Text.Json;
using Npgsql;

namespace Orders;

/// <summary>
/// Orders in PostgreSQL. Each change is one transaction: the event that caused it is remembered, the order changes, and what is to be
/// said to the customer is put into the outbox. Either all of that has happened or nothing has.
/// </summary>
internal sealed class OrderStore(NpgsqlDataSource database, Outbox outbox, TimeProvider time)
{
    private const string Columns =
        "id, uid, shop, session, customer, state, items, revision, rating, created_at, changed_at";

    /// <summary>Handles an event once, however often it comes and however many replicas there are.</summary>
    /// <param name="shop">Whose it is.</param>
    /// <param name="id">The event's id.</param>
    /// <param name="handle">Makes the changes.</param>
    /// <param name="ct">Cancels.</param>
    public async Task OnceAsync(
        string shop,
        string id,
        Func<NpgsqlConnection, Task> handle,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Where the same event is being handled elsewhere at this moment, this waits for the outcome.
        var isNew = await connection.ExecuteAsync(
            "insert into handled (shop, id, at) values ($1, $2, $3) on conflict do nothing",
            ct,
            shop,
            id,
            time.GetUtcNow()
        );
        if (isNew == 0)
            return;
        await handle(connection);
        await transaction.CommitAsync(ct);
        outbox.Wake();
    }

    /// <summary>The customer's draft, which stays locked until the transaction ends; null: there is none.</summary>
    public static Task<Order?> DraftAsync(
        NpgsqlConnection connection,
        string shop,
        string session,
        string customer
    ) =>
        FirstAsync(
            connection.Command(
                $"select {Columns} from orders where shop = $1 and session = $2 and customer = $3 and state = 'Draft' for update",
                shop,
                session,
                customer
            )
        );

    /// <summary>A new draft.</summary>
    public async Task<Order> AddAsync(
        NpgsqlConnection connection,
        string shop,
        string session,
        string customer,
        IReadOnlyList<Item> items
    ) =>
        (
            await FirstAsync(
                connection.Command(
                    $"""
                    insert into orders (shop, session, customer, state, items, created_at, changed_at)
                    values ($1, $2, $3, 'Draft', $4::jsonb, $5, $5) returning {Columns}
                    """,
                    shop,
                    session,
                    customer,
                    JsonSerializer.Serialize(items, JsonSerializerOptions.Web),
                    time.GetUtcNow()
                )
            )
        )!;

    /// <summary>Takes a step that <see cref="OrderMachine"/> allows: the order changes, and its customer is told.</summary>
    /// <returns>The order as it is then.</returns>
    public async Task<Order> StepAsync(NpgsqlConnection connection, Order order, Step step)
    {
        var now = time.GetUtcNow();
        await connection.ExecuteAsync(
            "update orders set state = $2, items = $3::jsonb, revision = $4, rating = $5, changed_at = $6 where id = $1",
            default,
            order.Id,
            step.To.ToString(),
            JsonSerializer.Serialize(order.Items, JsonSerializerOptions.Web),
            order.Revision,
            order.Rating,
            now
        );
        var changed = order with { State = step.To, ChangedAt = now };
        await outbox.AddStepAsync(connection, changed, step.Say);
        return changed;
    }

    /// <summary>Changes an order while no other can.</summary>
    /// <param name="shop">Whose it must be.</param>
    /// <param name="id">Which.</param>
    /// <param name="change">Makes the change.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The order as it is then; null: the shop has no such order.</returns>
    public async Task<Order?> ChangeAsync(
        string shop,
        long id,
        Func<NpgsqlConnection, Order, Task<Order>> change,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var order = await FirstAsync(
            connection.Command(
                $"select {Columns} from orders where shop = $1 and id = $2 for update",
                shop,
                id
            )
        );
        if (order is null)
            return null;
        var changed = await change(connection, order);
        await transaction.CommitAsync(ct);
        outbox.Wake();
        return changed;
    }

    /// <summary>An order of a shop; null: it has none of that number.</summary>
    public async Task<Order?> FindAsync(string shop, long id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await FirstAsync(
            connection.Command(
                $"select {Columns} from orders where shop = $1 and id = $2",
                shop,
                id
            )
        );
    }

    /// <summary>The order that a vote is about, which stays locked until the transaction ends.</summary>
    public static Task<Order?> VotedAsync(NpgsqlConnection connection, string shop, Guid uid) =>
        FirstAsync(
            connection.Command(
                $"select {Columns} from orders where shop = $1 and uid = $2 for update",
                shop,
                uid
            )
        );

    /// <summary>A page of a shop's orders, the oldest first.</summary>
    public async Task<IReadOnlyList<Order>> ListAsync(
        string shop,
        OrderState? state,
        long after,
        int limit,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var command = connection.Command(
            $"""
            select {Columns} from orders
             where shop = $1 and ($2::text is null or state = $2) and id > $3 order by id limit $4
            """,
            shop,
            state?.ToString(),
            after,
            limit
        );
        await using var reader = await command.ExecuteReaderAsync(ct);
        var orders = new List<Order>();
        while (await reader.ReadAsync(ct))
            orders.Add(Read(reader));
        return orders;
    }

    private static async Task<Order?> FirstAsync(NpgsqlCommand command)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync();
            return await reader.ReadAsync() ? Read(reader) : null;
        }
    }

    private static Order Read(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetInt64(0),
            Uid = r.GetGuid(1),
            Shop = r.GetString(2),
            Session = r.GetString(3),
            Customer = r.GetString(4),
            State = Enum.Parse<OrderState>(r.GetString(5)),
            Items = JsonSerializer.Deserialize<List<Item>>(
                r.GetString(6),
                JsonSerializerOptions.Web
            )!,
            Revision = r.GetInt32(7),
            Rating = r.IsDBNull(8) ? null : r.GetInt32(8),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(9),
            ChangedAt = r.GetFieldValue<DateTimeOffset>(10),
        };
}
