using Npgsql;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Operator.Options;
using WaOperator.Store.Desired;
using WaOperator.Store.Hints;
using WaOperator.Store.Migrations;

namespace WaOperator.Operator.Leading;

/// <summary>What the leader's work needs from its process.</summary>
internal sealed record LeaderTools(
    IKubernetes Client,
    Caches Caches,
    NpgsqlDataSource Database,
    DatabaseWatch Watch,
    IHints Hints,
    IEventRecorder Events,
    OperatorOptions Options,
    string Identity,
    ILoggerFactory Loggers,
    TimeProvider Time
);

/// <summary>
/// Everything that only the leader does, from the migration of the schema to the last loop. It begins a new term in the
/// database, so that nothing of an older leader is written any more, and ends when its own term is over.
/// </summary>
internal sealed partial class LeaderWork(LeaderTools with) : IRunnable
{
    private readonly ILogger _logger = with.Loggers.CreateLogger<LeaderWork>();

    /// <inheritdoc/>
    public string Name => "the leader's work";

    /// <inheritdoc/>
    /// <exception cref="StaleTermException">Another leader has begun; this process must end.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        await OnceAsync(
            "migration of the schema",
            async t => await Migrator.MigrateAsync(with.Database, t),
            ct
        );
        DesiredStore? store = null;
        await OnceAsync(
            "begin of the term",
            async t => store = await DesiredStore.BeginTermAsync(with.Database, with.Identity, t),
            ct
        );
        if (store is null)
            return;
        Log.Leads(_logger, with.Identity, store.Term);
        var leadership = new Leadership(with, store);
        await OnceAsync("reading of what is stored", leadership.LoadAsync, ct);
        await leadership.RunAsync(ct);
    }

    /// <summary>Tries until it succeeds once; returns early only when stopped.</summary>
    private async Task OnceAsync(
        string name,
        Func<CancellationToken, Task> step,
        CancellationToken ct
    )
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await new Loop(
            name,
            Timeout.InfiniteTimeSpan,
            TimeSpan.Zero,
            async t =>
            {
                await step(t);
                await done.CancelAsync();
            },
            _logger,
            with.Time
        ).RunAsync(done.Token);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Identity} leads in term {Term}")]
        public static partial void Leads(ILogger logger, string identity, long term);
    }
}
