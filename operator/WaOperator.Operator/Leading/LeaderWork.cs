using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Connecting;
using WaOperator.Store.Operator;
using WaOperator.Store.Schema;

namespace WaOperator.Operator.Leading;

/// <summary>What the leader's work needs from its process.</summary>
internal sealed record LeaderTools(
    IKubernetes Client,
    Caches Caches,
    OperatorStore Store,
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
    /// <exception cref="ForeignInstallationException">The database belongs to another installation.</exception>
    /// <exception cref="ConnectionSettingException">PostgreSQL is reached in a way that is not supported; this process must end.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        if (
            await UntilAsync("check of the connection to PostgreSQL", CheckAsync, ct) is { } refusal
        )
            throw refusal;
        // Before the migration too: a foreign schema is not changed.
        var identity = await UntilAsync("reading of the own namespace", IdentifyAsync, ct);
        Check(
            identity,
            await UntilAsync(
                "reading of the database's installation",
                with.Store.ReadInstallationAsync,
                ct
            )
        );
        await UntilAsync("migration of the schema", MigrateAsync, ct);
        Check(
            identity,
            await UntilAsync(
                "mark of the installation",
                t =>
                    with.Store.TakeInstallationAsync(
                        identity,
                        with.Options.Installation.Replaces,
                        t
                    ),
                ct
            )
        );
        var store = await UntilAsync(
            "start of the term",
            t => with.Store.BeginTermAsync(with.Identity, t),
            ct
        );
        Log.Leads(_logger, with.Identity, store.Term);
        var leadership = new Leadership(with, store);
        await UntilAsync("reading of what is stored", leadership.LoadAsync, ct);
        await leadership.RunAsync(ct);
    }

    /// <summary>
    /// Who this installation is: the UID of its namespace, which outlives the release and no other cluster has, and the name of the
    /// Lease that its replicas share.
    /// </summary>
    private async Task<string> IdentifyAsync(CancellationToken ct)
    {
        var ns = with.Options.Pod.Namespace;
        var uid =
            (await with.Client.GetAsync<Namespace>(ns, null, ct))?.Metadata.Uid
            ?? throw new InvalidOperationException(
                $"the API server knows no namespace {ns}, which WA__Pod__Namespace names"
            );
        return $"{uid}/{with.Options.Leader.LeaseName}";
    }

    private void Check(string identity, string? owner)
    {
        if (
            owner is { Length: > 0 }
            && owner != identity
            && owner != with.Options.Installation.Replaces
        )
            throw new ForeignInstallationException(identity, owner);
    }

    // A refusal is an answer as well: it is not tried again.
    private async Task<ConnectionSettingException?> CheckAsync(CancellationToken ct)
    {
        await using var database = Database.ForCheck(with.Options.Database.ConnectionString);
        try
        {
            await TransactionPooling.RefuseAsync(database, ct);
            return null;
        }
        catch (ConnectionSettingException e)
        {
            return e;
        }
    }

    private async Task MigrateAsync(CancellationToken ct)
    {
        await using var database = Database.ForMigration(with.Options.Database.ConnectionString);
        await Migrator.MigrateAsync(database, ct);
    }

    private Task<T> UntilAsync<T>(
        string name,
        Func<CancellationToken, Task<T>> step,
        CancellationToken ct
    ) => Retry.UntilAsync(name, step, _logger, with.Time, ct);

    private Task UntilAsync(
        string name,
        Func<CancellationToken, Task> step,
        CancellationToken ct
    ) => Retry.UntilAsync(name, step, _logger, with.Time, ct);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.LeaderWorkLeads,
            LogLevel.Information,
            "{Identity} leads in term {Term}"
        )]
        public static partial void Leads(ILogger logger, string identity, long term);
    }
}
