namespace Orders;

/// <summary>How far an order is.</summary>
internal enum OrderState
{
    /// <summary>Waits for the customer's yes.</summary>
    Draft,

    /// <summary>The customer has said yes.</summary>
    Confirmed,

    /// <summary>The shop works on it.</summary>
    Preparing,

    /// <summary>The customer has it, and is asked how it was.</summary>
    Delivered,

    /// <summary>The customer has answered that. The end.</summary>
    Rated,
}

/// <summary>What is said to the customer at a step: the name of a text.</summary>
internal enum Say
{
    Summary,
    Confirmed,
    Preparing,

    /// <summary>The only one that is a poll.</summary>
    Question,
    Thanks,
    Apology,
}

/// <summary>Where an order comes by a step, and what its customer is told then.</summary>
internal sealed record Step(OrderState To, Say Say);

/// <summary>Which steps there are: DRAFT, CONFIRMED, PREPARING, DELIVERED, RATED, and none is left out. Pure.</summary>
internal static class OrderMachine
{
    public const int BestRating = 5;
    private const int Happy = 4;

    /// <summary>The customer orders, or corrects what was not confirmed yet.</summary>
    /// <param name="from">Null: there is no draft.</param>
    public static Step? Ordered(OrderState? from) =>
        from is null or OrderState.Draft ? new(OrderState.Draft, Say.Summary) : null;

    /// <summary>The customer says yes.</summary>
    public static Step? Agreed(OrderState from) =>
        from == OrderState.Draft ? new(OrderState.Confirmed, Say.Confirmed) : null;

    /// <summary>The shop says how far it is. Only that: a yes and a rating are the customer's.</summary>
    public static Step? Asked(OrderState from, OrderState to) =>
        (from, to) switch
        {
            (OrderState.Confirmed, OrderState.Preparing) => new(to, Say.Preparing),
            (OrderState.Preparing, OrderState.Delivered) => new(to, Say.Question),
            _ => null,
        };

    /// <summary>The customer says how it was.</summary>
    public static Step? Rated(OrderState from, int rating) =>
        from == OrderState.Delivered && rating is >= 1 and <= BestRating
            ? new(OrderState.Rated, rating >= Happy ? Say.Thanks : Say.Apology)
            : null;
}
