using System.Text;

namespace WaOperator.Kubernetes.Health;

/// <summary>A check: null when all is well, else what is wrong, for people.</summary>
public delegate ValueTask<string?> HealthCheck(CancellationToken ct);

/// <summary>What the checks said.</summary>
/// <param name="Healthy">All were well.</param>
/// <param name="Text">One line per check, as the API server's own <c>/readyz?verbose</c> has it.</param>
public sealed record HealthReport(bool Healthy, string Text);

/// <summary>Named checks behind <c>/livez</c> and <c>/readyz</c>.</summary>
public sealed class HealthChecks
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, HealthCheck Check)> _live = [];
    private readonly List<(string Name, HealthCheck Check)> _ready = [];

    /// <summary>A check that, when it fails, only a restart can mend.</summary>
    public HealthChecks AddLive(string name, HealthCheck check) => Add(_live, name, check);

    /// <summary>A check that must hold before work can be done.</summary>
    public HealthChecks AddReady(string name, HealthCheck check) => Add(_ready, name, check);

    /// <summary>Runs the checks of <c>/livez</c>.</summary>
    public Task<HealthReport> LiveAsync(CancellationToken ct = default) =>
        RunAsync(_live, "livez", ct);

    /// <summary>Runs the checks of <c>/readyz</c>.</summary>
    public Task<HealthReport> ReadyAsync(CancellationToken ct = default) =>
        RunAsync(_ready, "readyz", ct);

    private HealthChecks Add(List<(string, HealthCheck)> checks, string name, HealthCheck check)
    {
        lock (_lock)
            checks.Add((name, check));
        return this;
    }

    private async Task<HealthReport> RunAsync(
        List<(string Name, HealthCheck Check)> checks,
        string what,
        CancellationToken ct
    )
    {
        (string Name, HealthCheck Check)[] all;
        lock (_lock)
            all = [.. checks];
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
            text.Append(healthy ? $"{what} check passed\n" : $"{what} check failed\n").ToString()
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
