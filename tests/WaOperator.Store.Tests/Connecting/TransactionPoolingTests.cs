using Npgsql;
using WaOperator.Store.Connecting;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Connecting;

public sealed class TransactionPoolingTests
{
    [SkippableTheory]
    [InlineData("transaction", "")]
    [InlineData(
        "transaction",
        "ignore_startup_parameters = extra_float_digits,options,search_path"
    )]
    [InlineData("transaction", "server_round_robin = 1")]
    [InlineData("transaction", "default_pool_size = 1")]
    [InlineData("transaction", "min_pool_size = 5")]
    [InlineData("statement", "")]
    public async Task Is_refused(string mode, string more)
    {
        if (PgBouncerServer.Missing is { } missing)
            Skip.If(true, missing);
        await using var server = await PostgresServer.StartAsync();
        await using var pooler = await PgBouncerServer.StartAsync(server, mode, more);
        // Others that use it have left servers behind.
        await using (
            var busy = NpgsqlDataSource.Create(
                $"Host=127.0.0.1;Port={pooler.Port};Username=postgres;Database=postgres;Pooling=false"
            )
        )
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SleepAsync(busy)));
        await using var database = Database.ForCheck(Through(pooler));

        var refused = await Should.ThrowAsync<ConnectionSettingException>(() =>
            TransactionPooling.RefuseAsync(database, default)
        );

        refused.Message.ShouldContain("pool_mode session");
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("ignore_startup_parameters = extra_float_digits,options,search_path")]
    [InlineData("server_round_robin = 1")]
    public async Task Sessions_through_a_pooler_work_with_all_their_settings(string more)
    {
        if (PgBouncerServer.Missing is { } missing)
            Skip.If(true, missing);
        await using var server = await PostgresServer.StartAsync();
        await using var pooler = await PgBouncerServer.StartAsync(server, "session", more);
        await using (var check = Database.ForCheck(Through(pooler)))
            await TransactionPooling.RefuseAsync(check, default);
        await using (var migration = Database.ForMigration(Through(pooler)))
        {
            await Migrator.MigrateAsync(migration);
            (await AskAsync(migration, "show statement_timeout")).ShouldBe("0");
        }
        await using var pod = Database.ForPod(
            Through(pooler),
            "wa-pod/x/0/1",
            TimeSpan.FromSeconds(10)
        );
        // From its pool the connection comes as it was made.
        for (var i = 0; i < 3; i++)
        {
            (await AskAsync(pod, "show statement_timeout")).ShouldBe("10s");
            (await AskAsync(pod, "show lock_timeout")).ShouldBe("5s");
            (await AskAsync(pod, "show search_path")).ShouldBe("wa");
            (await AskAsync(pod, "show application_name")).ShouldBe("wa-pod/x/0/1");
        }
    }

    [Fact]
    public async Task PostgreSQL_itself_is_taken()
    {
        var server = await PostgresServer.SharedAsync();
        await using var database = Database.ForCheck(await server.CreateDatabaseAsync());
        await TransactionPooling.RefuseAsync(database, default);
    }

    private static string Through(PgBouncerServer pooler) =>
        $"postgresql://postgres@127.0.0.1:{pooler.Port}/postgres";

    private static async Task<object?> AskAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task SleepAsync(NpgsqlDataSource database) =>
        await AskAsync(database, "select pg_sleep(0.3)::text");
}
