namespace WaOperator.Api;

/// <content>Tickets of streams, and consumers.</content>
internal static partial class Problems
{
    public static ProblemAnswer NoTicket() =>
        new(
            401,
            "invalid-ticket",
            "The ticket opens nothing",
            "it was used, has expired, or is none; a ticket opens one stream: ask for another one (POST /v1/events/tickets)"
        );

    public static ProblemAnswer ForeignOrigin() =>
        new(
            403,
            "forbidden-origin",
            "Not from this origin",
            "pages of this origin may not open streams; ask the platform's administrator to add it (gateway.allowedOrigins of the chart)"
        );

    public static ProblemAnswer TicketOfTypes() =>
        new(
            403,
            "forbidden-ticket",
            "The ticket is for another stream",
            "this ticket shows certain types of events, and the stream of one session shows all; open /v1/events with it"
        );

    public static ProblemAnswer TooManyTickets(int most) =>
        new(
            429,
            "rate-limited",
            "Too many tickets",
            $"the tenant has {most} tickets that were neither used nor have expired, as many as one may have; ask when a page needs one"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(30),
            Retryable = true,
        };

    public static ProblemAnswer TooManyUnknownTickets() =>
        new(
            429,
            "rate-limited",
            "Too many unknown tickets",
            "too many tickets that open nothing were tried from this address; try again in a second"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Retryable = true,
        };

    public static ProblemAnswer NoConsumer() =>
        new(
            404,
            "unknown-consumer",
            "No such consumer",
            "the tenant of this API key has no consumer of that name; make it first (PUT /v1/consumers/NAME)"
        );

    public static ProblemAnswer TooManyConsumers(int most) =>
        new(
            409,
            "too-many-consumers",
            "Too many consumers",
            $"the tenant has {most} consumers, as many as one may have; delete one that is not used"
        );

    public static ProblemAnswer TooManyPages() =>
        new(
            429,
            "rate-limited",
            "Too many pages of events",
            "this gateway holds as many pages that consumers have not read yet as it may, or as many of this tenant; read answers at once, and try again"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Retryable = true,
        };

    public static ProblemAnswer SeveralTenants() =>
        new(
            403,
            "several-tenants",
            "The API key is that of several tenants",
            "a consumer belongs to one tenant; use a key that opens that tenant alone"
        );

    public static ProblemAnswer TakenOver(string name) =>
        new(
            409,
            "taken-over",
            "Another reader has the consumer",
            $"another program fetched from {name} after this one, and has the events now; a consumer has one reader: make one for each program"
        );

    public static ProblemAnswer ForeignCursor(string name) =>
        new(
            422,
            "unknown-cursor",
            "The cursor is of another consumer",
            $"the cursor was not given by {name}, or by one of that name that was deleted; fetch again and acknowledge what comes"
        );

    public static ProblemAnswer ConsumerFull(string name) =>
        new(
            422,
            "too-many-sessions",
            "Too many sessions for one consumer",
            $"{name} would keep its place in more than 10,000 sessions; make several consumers that name their sessions"
        );
}
