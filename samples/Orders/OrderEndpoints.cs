using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orders;

/// <summary>A change that the shop asks for.</summary>
internal sealed record OrderPatch(string? State);

/// <summary>A page of orders; <paramref name="Next"/> is given back as <c>after</c>, and null on the last page.</summary>
internal sealed record OrderPage(IReadOnlyList<OrderAnswer> Orders, string? Next);

/// <summary>An order as the REST shows it.</summary>
internal sealed record OrderAnswer(
    long Id,
    string Session,
    string Customer,
    string State,
    IReadOnlyList<Item> Items,
    int? Rating,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt
)
{
    public static OrderAnswer Of(Order order) =>
        new(
            order.Id,
            order.Session,
            order.Customer,
            order.State.ToString().ToUpperInvariant(),
            order.Items,
            order.Rating,
            order.CreatedAt,
            order.ChangedAt
        );
}

/// <summary>The REST of the shop's staff. Its key says which shop it is.</summary>
internal static class OrderEndpoints
{
    private const int MaxPage = 100;

    public static void Map(WebApplication app)
    {
        app.MapGet("/orders", ListAsync);
        app.MapGet(
            "/orders/{id:long}",
            async (long id, HttpContext http, Settings settings, OrderStore store) =>
                ShopOf(http, settings) is not { } shop ? Unauthorized()
                : await store.FindAsync(shop, id, http.RequestAborted) is { } order
                    ? Results.Ok(OrderAnswer.Of(order))
                : NotFound(id)
        );
        app.MapPatch("/orders/{id:long}", PatchAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        Settings settings,
        OrderStore store,
        string? state = null,
        long after = 0,
        int limit = 50
    )
    {
        if (ShopOf(http, settings) is not { } shop)
            return Unauthorized();
        var wanted = StateOf(state);
        if (wanted is null && state is not null)
            return UnknownState(state);
        var size = Math.Clamp(limit, 1, MaxPage);
        var orders = await store.ListAsync(shop, wanted, after, size + 1, http.RequestAborted);
        var page = orders.Take(size).ToList();
        return Results.Ok(
            new OrderPage(
                [.. page.Select(OrderAnswer.Of)],
                orders.Count > size ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null
            )
        );
    }

    private static async Task<IResult> PatchAsync(
        long id,
        OrderPatch patch,
        HttpContext http,
        Settings settings,
        OrderStore store
    )
    {
        if (ShopOf(http, settings) is not { } shop)
            return Unauthorized();
        if (StateOf(patch.State) is not { } to)
            return UnknownState(patch.State);
        OrderState? refusedAt = null;
        var order = await store.ChangeAsync(
            shop,
            id,
            async (connection, before) =>
            {
                // Asked again, as after a lost answer: it is so already, and nothing more is said.
                if (before.State == to)
                    return before;
                if (OrderMachine.Asked(before.State, to) is { } step)
                    return await store.StepAsync(connection, before, step);
                refusedAt = before.State;
                return before;
            },
            http.RequestAborted
        );
        if (order is null)
            return NotFound(id);
        return refusedAt is { } from
            ? Results.Problem(
                title: "Not a step that the shop can take",
                detail: $"Order {id} is {Name(from)} and cannot become {Name(to)}: the shop takes CONFIRMED to PREPARING and PREPARING to DELIVERED, the customer the rest.",
                statusCode: StatusCodes.Status409Conflict
            )
            : Results.Ok(OrderAnswer.Of(order));
    }

    /// <summary>The shop that the bearer key is of. All keys are compared, in the same time whatever they are.</summary>
    private static string? ShopOf(HttpContext http, Settings settings)
    {
        const string scheme = "Bearer ";
        var given = http.Request.Headers.Authorization.ToString();
        if (!given.StartsWith(scheme, StringComparison.Ordinal))
            return null;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given[scheme.Length..]));
        string? found = null;
        foreach (var (name, shop) in settings.Shops)
            if (
                CryptographicOperations.FixedTimeEquals(
                    hash,
                    SHA256.HashData(Encoding.UTF8.GetBytes(shop.RestKey))
                )
            )
                found = name;
        return found;
    }

    private static OrderState? StateOf(string? name) =>
        Enum.GetValues<OrderState>()
            .Cast<OrderState?>()
            .FirstOrDefault(s => Name(s!.Value) == name);

    private static string Name(OrderState state) => state.ToString().ToUpperInvariant();

    private static IResult Unauthorized() =>
        Results.Problem(
            "Authorization must be Bearer and the RestKey of a shop.",
            statusCode: StatusCodes.Status401Unauthorized
        );

    private static IResult NotFound(long id) =>
        Results.Problem($"There is no order {id}.", statusCode: StatusCodes.Status404NotFound);

    private static IResult UnknownState(string? state) =>
        Results.Problem(
            $"'{state}' is no state; there are {string.Join(", ", Enum.GetValues<OrderState>().Select(Name))}.",
            statusCode: StatusCodes.Status400BadRequest
        );
}
