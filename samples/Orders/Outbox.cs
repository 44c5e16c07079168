using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Orders;

/// <summary>A message that waits to be sent.</summary>
/// <param name="Id">Its place.</param>
/// <param name="Key">Names it to WaOperator, however often it is sent.</param>
/// <param name="Shop">Who sends it.</param>
/// <param name="Session">By which session.</param>
/// <param name="Body">The request's body.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="MadeAt">Since when it waits.</param>
internal sealed record OutboxEntry(
    long Id,
    string Key,
    string Shop,
    string Session,
    string Body,
    int Attempts,
    DateTimeOffset MadeAt
);

/// <summary>What is to be sent, in PostgreSQL.</summary>
internal sealed class Outbox(Settings settings, Texts texts, TimeProvider time)
{
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Adds what a customer is told at a step, in the transaction of the step.</summary>
    public Task AddStepAsync(NpgsqlConnection connection, Order order, Say say) =>
        AddAsync(
            connection,
            // The same step is the same key, and the same key is sent once.
            string.Create(
                CultureInfo.InvariantCulture,
                $"{order.Uid}-{order.State}-{order.Revision}"
            ),
            order.Shop,
            order.Session,
            order.Customer,
            say == Say.Question ? Poll(order) : new { to = order.Customer, text = Text(order, say) }
        );

    /// <summary>Adds a text that is about no order.</summary>
    /// <param name="connection">In whose transaction.</param>
    /// <param name="cause">The id of the event that it answers.</param>
    /// <param name="message">What came in.</param>
    /// <param name="text">What is answered.</param>
    public Task AddTextAsync(
        NpgsqlConnection connection,
        string cause,
        CustomerMessage message,
        string text
    ) =>
        AddAsync(
            connection,
            $"{message.Shop}-{cause}",
            message.Shop,
            message.Session,
            message.Customer,
            new { to = message.Customer, text }
        );

    /// <summary>Says that there may be something to send.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It was said already.
        }
    }

    /// <summary>Waits until there may be something to send: it was said, or a message may be due again.</summary>
    public Task WaitAsync(CancellationToken ct) => _wake.WaitAsync(TimeSpan.FromSeconds(1), ct);

    /// <summary>
    /// The next message: of each customer the oldest first. It is locked until the transaction ends, so that no other replica sends it;
    /// a crash lets it go.
    /// </summary>
    public async Task<OutboxEntry?> NextAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = connection.Command(
            """
            select id, key, shop, session, body, attempts, made_at from outbox o
             where done_at is null and due_at <= $1
               and not exists (select 1 from outbox b
                                where b.session = o.session and b.customer = o.customer and b.done_at is null and b.id < o.id)
             order by id limit 1 for update skip locked
            """,
            time.GetUtcNow()
        );
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetInt32(5),
                reader.GetFieldValue<DateTimeOffset>(6)
            )
            : null;
    }

    private string Text(Order order, Say say) =>
        texts.Of(
            settings.Shops[order.Shop].Language,
            say,
            ("order", order.Id.ToString(CultureInfo.InvariantCulture)),
            ("items", string.Join('\n', order.Items.Select(i => $"{i.Count} {i.Name}"))),
            ("code", settings.Shops[order.Shop].PromotionCode),
            ("contact", settings.Shops[order.Shop].SupportContact)
        );

    /// <summary>
    /// A poll from 1 to 5. Votes are told by a webhook of format CloudApi, with the ids that the poll's metadata has for its options: these
    /// say which order is rated.
    /// </summary>
    private object Poll(Order order)
    {
        var votes = Enumerable
            .Range(1, OrderMachine.BestRating)
            .ToDictionary(
                rating => rating.ToString(CultureInfo.InvariantCulture),
                rating => new Vote(order.Uid, rating).Id
            );
        return new
        {
            to = order.Customer,
            poll = new
            {
                name = Text(order, Say.Question),
                options = votes.Keys,
                choices = 1,
            },
            metadata = new { cloudapi_options = JsonSerializer.Serialize(votes) },
        };
    }

    private Task AddAsync(
        NpgsqlConnection connection,
        string key,
        string shop,
        string session,
        string customer,
        object body
    ) =>
        connection.ExecuteAsync(
            """
            insert into outbox (key, shop, session, customer, body, due_at, made_at) values ($1, $2, $3, $4, $5, $6, $6)
            on conflict do nothing
            """,
            default,
            key,
            shop,
            session,
            customer,
            JsonSerializer.Serialize(body, JsonSerializerOptions.Web),
            time.GetUtcNow()
        );
}
