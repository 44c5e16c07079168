using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Traffic;

/// <summary>Messages that are sent by the tenants' API while faults happen. Remembers what was accepted: from then on it may not be lost.</summary>
internal abstract class Senders : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Ids of accepted messages, and to whom each goes.</summary>
    public ConcurrentDictionary<string, string> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>To whom each message goes that was tried, whatever came of it.</summary>
    public ConcurrentDictionary<string, string> Tried { get; } = new(StringComparer.Ordinal);

    /// <summary>What all ids begin with: letters and digits, and no run repeats those of another.</summary>
    public string Prefix { get; } = $"C{Guid.NewGuid():N}"[..16].ToUpperInvariant();

    /// <summary>Cancelled when no more is to be sent.</summary>
    protected CancellationToken Ending => _stop.Token;

    public void Start() => _running = RunAsync();

    /// <summary>Sends no more, and waits for the answers to what was sent.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Once all that was accepted has arrived: says what else is wrong.</summary>
    public virtual Task CheckAsync(Trial trial) => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual void Dispose() => _stop.Dispose();

    /// <summary>Sends until <see cref="Ending"/>.</summary>
    protected abstract Task RunAsync();

    /// <summary>The request that sends a message.</summary>
    protected static StringContent BodyOf(string id, string to) =>
        new(
            new JsonObject
            {
                ["to"] = to,
                ["text"] = "message " + id,
                ["id"] = id,
            }.ToJsonString(),
            Encoding.UTF8,
            "application/json"
        );

    /// <summary>Waits, and says whether more is to be sent.</summary>
    protected async Task<bool> ContinuesAfterAsync(TimeSpan pause)
    {
        await Task.Delay(pause, Ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !Ending.IsCancellationRequested;
    }
}
