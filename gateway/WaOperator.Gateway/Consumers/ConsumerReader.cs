using WaOperator.Api;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Streams;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Consumers;

/// <summary>Fetches a consumer's next events: a stream of its sessions behind what it acknowledged, which ends with the first page.</summary>
internal sealed class ConsumerReader(
    RelayServices services,
    GatewayStore store,
    StoreHold hold,
    TenantRosters rosters,
    GatewayMetrics metrics,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>Fetches.</summary>
    /// <param name="http">The request.</param>
    /// <param name="key">What its key opens.</param>
    /// <param name="tenant">Whose consumer.</param>
    /// <param name="name">Its name.</param>
    /// <param name="page">Takes the events.</param>
    /// <param name="wait">How long the first event is waited for.</param>
    /// <returns>Who may acknowledge them, or why there are none.</returns>
    public async Task<(ConsumerReading Reading, ProblemAnswer? Refusal)> ReadAsync(
        HttpContext http,
        KeyAnswer key,
        long tenant,
        string name,
        EventPage page,
        TimeSpan wait
    )
    {
        using var lease = rosters.Follow([tenant]);
        // What reads for it from here on may acknowledge, and none before.
        var reading = await hold.AskAsync(
            () =>
                new ValueTask<ConsumerReading?>(
                    store.Consumers.BeginAsync(tenant, name, http.RequestAborted)
                ),
            http.RequestAborted
        );
        if (reading is null)
            return (null!, Problems.NoConsumer());
        var roster = await hold.AskAsync(
            () => new ValueTask<TenantRoster>(lease.ReadRecentAsync(http.RequestAborted)),
            http.RequestAborted
        );
        var choice = new StreamChoice(key, QueryOf(reading), began: default)
        {
            Remedy =
                "make several consumers, each of which names some (sessions of PUT /v1/consumers/NAME)",
        };
        var shown = choice.Of(roster).Count;
        if (shown > StreamCursor.MaxSessions)
            return (reading, Problems.TooManySessions(choice.TooMany(shown)));
        using var open = metrics.StreamOpened(StreamKinds.Consumer);
        if (await FillAsync(http, page, choice, roster, lease, wait) is { } reason)
            return (
                reading,
                reason == TenantRelay.KeyIsOver
                    ? Problems.Unauthorized()
                    : Problems.TooManySessions(reason)
            );
        if (page is { FoundNoRoom: true, Count: 0 })
            return (reading, Problems.TooManyPages());
        var still = await hold.AskAsync(
            () => new ValueTask<bool>(store.Consumers.IsReaderAsync(reading, http.RequestAborted)),
            http.RequestAborted
        );
        return (reading, still ? null : Problems.TakenOver(name));
    }

    private static StreamQuery QueryOf(ConsumerReading reading) =>
        new(
            reading.Consumer.Sessions?.Select(s => StreamFilter.Name(s)!.Value).ToHashSet(),
            reading.Consumer.Types,
            new(reading.Consumer.Since, reading.Seen),
            FromEarliest: false
        );

    /// <returns>Why it is no use to come again; null: the page is what there is.</returns>
    private async Task<string?> FillAsync(
        HttpContext http,
        EventPage page,
        StreamChoice choice,
        TenantRoster roster,
        RosterLease lease,
        TimeSpan wait
    )
    {
        using var client = new ClientStream(page, choice.Since, time);
        using var relay = new TenantRelay(services, http, client, lease, choice);
        using var limit = new CancellationTokenSource(wait, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            limit.Token,
            page.Ready,
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        await relay.BeginAsync(roster, http.RequestAborted);
        await client.BeginAsync();
        string? reason = null;
        try
        {
            reason = await relay.RunAsync(roster, end.Token);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            // The page is full, or the time is over.
        }
        await client.EndAsync(reason);
        return reason;
    }
}
