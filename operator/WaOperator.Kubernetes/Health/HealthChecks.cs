using System.Text;

namespace WaOperator.Kubernetes.Health;

/// <summary>A check: null when all is well, else what is wrong, for people.</summary>
public delegate ValueTask<string?> HealthCheck(CancellationToken ct);

/// <summary>What the checks said.</summary>
/// <param name="Healthy">All were well.</param>
/// <param name="Text">One line per check, as the API server's own <c>/readyz?verbose</c> has it.</param>
public sealed record HealthReport(bool Healthy, string Text);

/// <summary>Named checks behind <c>/readyz</c>.</summary>
public sealed class HealthChecks
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, HealthCheck Check)> _ready = [];

    /// <summary>A check that must hold before work can be done.</summary>
    public HealthChecks AddReady(string name, HealthCheck check)
    {
        lock (_lock)
            _ready.Add((name, check));
        return this;
    }

    /// <summary>Runs the checks.</summary>
    public async Task<HealthReport> ReadyAsync(CancellationToken ct = default)
    {
        (string Name, HealthCheck Check)[] all;
        lock (_lock)
            all = [.. _ready];
        var text = new StringBuilder();
        var healthy = true;
        foreach (var (name, check) in all)
        {
            var wrong = await AskAsync(check, ct);
            healthy &= wrong is null;
            text.Append(wrong is null ? $"[+]{name} ok\n" : $"[-]{name} failed: {wrong}\n");
        }
        return new(
            healthy,
            text.Append(healthy ? "readyz check passed\n" : "readyz check failed\n").ToString()
        );
    }

    private static async Task<string?> AskAsync(HealthCheck check, CancellationToken ct)
    {
        try
        {
            return await check(ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return e.Message;
        }
    }
}
