using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Hosting;

/// <summary>
/// Waits for a schema that this gateway can read. Once it was seen the gateway is ready for good: while PostgreSQL is away later it still
/// forwards to the owners that it knows, and taking all gateways out of service at once would not help.
/// </summary>
internal sealed partial class StoreWatch(
    GatewayStore store,
    TimeProvider time,
    ILogger<StoreWatch> logger
) : BackgroundService
{
    /// <summary>The schema that has all functions that the gateway calls.</summary>
    public const int LeastSchema = 36;

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);
    private volatile string? _missing = "waiting for PostgreSQL";

    /// <summary>What is waited for; null once PostgreSQL was seen with its schema.</summary>
    public string? Missing => _missing;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var told = false;
        while (await LookAsync(stoppingToken) is { } missing)
        {
            _missing = missing;
            if (!told)
                Log.Away(logger, missing);
            told = true;
            await Task.Delay(AskAgain, time, stoppingToken);
        }
        _missing = null;
        if (told)
            Log.Back(logger);
    }

    private async Task<string?> LookAsync(CancellationToken ct)
    {
        try
        {
            var version = await store.ReadSchemaVersionAsync(ct);
            return version >= LeastSchema
                ? null
                : $"waiting for schema {LeastSchema} of the database, which has {version}; the operator migrates it";
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return $"waiting for PostgreSQL: {e.Message}";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.StoreWatchAway, LogLevel.Warning, "not ready: {Missing}")]
        public static partial void Away(ILogger logger, string missing);

        [LoggerMessage(EventIds.StoreWatchBack, LogLevel.Information, "PostgreSQL answers")]
        public static partial void Back(ILogger logger);
    }
}
