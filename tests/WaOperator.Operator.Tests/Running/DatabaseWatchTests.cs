using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WaOperator.Operator.Leading;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Since when PostgreSQL answers without a break.</summary>
public sealed class DatabaseWatchTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_absence_ends_what_was_steady_and_its_end_begins_again(bool silently)
    {
        var postgres = await PostgresServer.SharedAsync();
        await using var way = TcpProxy.To(postgres.Port);
        var connection = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync())
        {
            Port = way.Port,
        };
        await using var store = OperatorStore.OpenWatch(connection.ConnectionString);
        var watch = new DatabaseWatch(
            store.Observed,
            TimeProvider.System,
            NullLogger<DatabaseWatch>.Instance
        );
        watch.SteadySince.ShouldBeNull();
        using var stop = new CancellationTokenSource();
        var running = watch.RunAsync(stop.Token);
        await Eventually.True("it answers", () => watch.SteadySince is not null);
        var (first, proven) = (watch.SteadySince, watch.ProvenAt);
        await Eventually.True("it answers again", () => watch.ProvenAt > proven);
        watch.SteadySince.ShouldBe(first);

        if (silently)
            way.FallSilent();
        else
            way.Cut();
        await Eventually.True("its absence is noticed", () => watch.SteadySince is null);
        way.Heal();

        await Eventually.True("it is back", () => watch.SteadySince > first);
        await stop.CancelAsync();
        await running;
    }
}
