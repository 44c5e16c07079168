using WaOperator.Testing;

namespace WaOperator.Ownership.Campaigns;

/// <summary>One kill and start of PostgreSQL that befalls several schedules at once; it waits until all of them have begun.</summary>
internal sealed class Restart
{
    private readonly TaskCompletionSource _together = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Lazy<Task> _once;
    private int _missing;

    /// <param name="server">What restarts.</param>
    /// <param name="schedules">How many it befalls.</param>
    /// <param name="random">When, and for how long it is away.</param>
    public Restart(PostgresServer server, int schedules, Random random)
    {
        _missing = schedules;
        _once = new(() => PerformAsync(server, random));
    }

    /// <summary>One of the schedules has begun; completes when all have.</summary>
    public Task BegunAsync()
    {
        Leave();
        return _together.Task;
    }

    /// <summary>One of the schedules cannot begin: no one waits for it.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _missing) == 0)
            _together.TrySetResult();
    }

    /// <summary>Completes when PostgreSQL was killed and answers again.</summary>
    public Task OverAsync() => _once.Value;

    private static async Task PerformAsync(PostgresServer server, Random random)
    {
        await Pause.ForAsync(random.Next(200, 800));
        await server.StopAsync();
        await Pause.ForAsync(random.Next(0, 600));
        await server.StartAgainAsync();
    }
}
