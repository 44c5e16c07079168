using WaOperator.Testing;

namespace WaOperator.Ownership.Campaigns;

/// <summary>One kill and start of PostgreSQL that befalls several schedules at once; it waits until all of them have begun.</summary>
internal sealed class Restart
{
    private readonly TaskCompletionSource together = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Lazy<Task> once;
    private int missing;

    /// <param name="server">What restarts.</param>
    /// <param name="schedules">How many it befalls.</param>
    /// <param name="random">When, and for how long it is away.</param>
    public Restart(PostgresServer server, int schedules, Random random)
    {
        missing = schedules;
        once = new(() => PerformAsync(server, random));
    }

    /// <summary>One of the schedules has begun; completes when all have.</summary>
    public Task BegunAsync()
    {
        Leave();
        return together.Task;
    }

    /// <summary>One of the schedules cannot begin: nobody waits for it.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref missing) == 0)
            together.TrySetResult();
    }

    /// <summary>Completes when PostgreSQL was killed and answers again.</summary>
    public Task OverAsync() => once.Value;

    private static async Task PerformAsync(PostgresServer server, Random random)
    {
        await Pause.ForAsync(random.Next(200, 800));
        await server.StopAsync();
        await Pause.ForAsync(random.Next(0, 600));
        await server.StartAgainAsync();
    }
}
