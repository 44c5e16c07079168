using WaOperator.Ownership.Judging;

namespace WaOperator.Ownership.Owners;

/// <summary>Where one owner after the other runs: in this process, or in one of its own.</summary>
internal interface IOwnerSeat : IAsyncDisposable
{
    /// <summary>Pid of the process that can be stopped and killed without hurting anybody else; null for none.</summary>
    int? Pid { get; }

    /// <summary>What broke the owner that runs, in words; null while it is well. It would never act again, so that waiting is in vain.</summary>
    string? Broken { get; }

    /// <summary>Starts an owner.</summary>
    Task StartAsync(OwnerSpec spec, Action<Act> report);

    /// <summary>Ends it by plan; all that it reported has arrived then.</summary>
    Task StopAsync();

    /// <summary>Kills it; only where there is a <see cref="Pid"/>.</summary>
    Task KillAsync();
}

/// <summary>Owners in this process.</summary>
internal sealed class LocalSeat : IOwnerSeat
{
    private volatile Owner? _owner;

    /// <inheritdoc/>
    public int? Pid => null;

    /// <inheritdoc/>
    public string? Broken => _owner?.Completion.Exception?.InnerException?.Message;

    /// <inheritdoc/>
    public Task StartAsync(OwnerSpec spec, Action<Act> report)
    {
        _owner = Owner.Start(spec, report);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        // One that broke says so once.
        if (Interlocked.Exchange(ref _owner, null) is { } running)
            await running.DisposeAsync();
    }

    /// <inheritdoc/>
    public Task KillAsync() => throw new InvalidOperationException("it is this very process");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();
}
