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
    private ConnectionSettingException? _refusal;

    /// <inheritdoc/>
    public string Name => "the leader's work";

    /// <inheritdoc/>
    /// <exception cref="StaleTermException">Another leader has begun; this process must end.</exception>
    /// <exception cref="ForeignInstallationException">The database belongs to another installation.</exception>
    /// <exception cref="ConnectionSettingException">PostgreSQL is reached in a way that is not supported; this process must end.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        await OnceAsync("check of the way to PostgreSQL", CheckAsync, ct);
        if (_refusal is { } refusal)
            throw refusal;
        // Before the migration too: a foreign schema is not changed.
        var identity = await IdentifyAsync(ct);
        var owner = default(string);
        await OnceAsync(
            "question whose the database is",
            async t => owner = await with.Store.ReadInstallationAsync(t),
            ct
        );
        Check(identity, owner);
        await OnceAsync("migration of the schema", MigrateAsync, ct);
        await OnceAsync(
            "mark of the installation",
            async t =>
                owner = await with.Store.TakeInstallationAsync(
                    identity,
                    with.Options.Installation.Replaces,
                    t
                ),
            ct
        );
        Check(identity, owner);
        DesiredStore? store = null;
        await OnceAsync(
            "begin of the term",
            async t => store = await with.Store.BeginTermAsync(with.Identity, t),
            ct
        );
        if (store is null)
            return;
        Log.Leads(_logger, with.Identity, store.Term);
        var leadership = new Leadership(with, store);
        await OnceAsync("reading of what is stored", leadership.LoadAsync, ct);
        await leadership.RunAsync(ct);
    }

    /// <summary>
    /// Who this installation is: the UID of its namespace, which outlives the release and no other cluster has, and the name of the
    /// Lease that its replicas share. Empty only when stopped.
    /// </summary>
    private async Task<string> IdentifyAsync(CancellationToken ct)
    {
        var identity = "";
        await OnceAsync(
            "reading of the own namespace",
            async t =>
            {
                var ns = with.Options.Pod.Namespace;
                var uid = (await with.Client.GetAsync<Namespace>(ns, null, t))?.Metadata.Uid;
                identity =
                    $"{uid ?? throw new InvalidOperationException($"the API server knows no namespace {ns}, which WA__Pod__Namespace names")}/{with.Options.Leader.LeaseName}";
            },
            ct
        );
        return identity;
    }

    private void Check(string identity, string? owner)
    {
        if (
            identity.Length > 0
            && owner is { Length: > 0 }
            && owner != identity
            && owner != with.Options.Installation.Replaces
        )
            throw new ForeignInstallationException(identity, owner);
    }

    // A refusal is an answer as well: nothing is tried again.
    private async Task CheckAsync(CancellationToken ct)
    {
        await using var database = Database.ForCheck(with.Options.Database.ConnectionString);
        try
        {
            await TransactionPooling.RefuseAsync(database, ct);
        }
        catch (ConnectionSettingException e)
        {
            _refusal = e;
        }
    }

    private async Task MigrateAsync(CancellationToken ct)
    {
        await using var database = Database.ForMigration(with.Options.Database.ConnectionString);
        await Migrator.MigrateAsync(database, ct);
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
