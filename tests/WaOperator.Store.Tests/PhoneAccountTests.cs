using System.Globalization;
using Npgsql;
using WaOperator.PhoneNumbers;
using WaOperator.Store.Operator;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Store.Tests;

public sealed class PhoneAccountTests
{
    private const string Long = "5511987654399";
    private const string Short = "551187654399";

    [Fact]
    public async Task The_database_and_the_code_know_the_same_accounts()
    {
        await using var world = await StoreWorld.CreateAsync();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] beginnings = ["55119", "5531", "551", "521", "52", "549", "54", "49", "", "5"];
        var numbers = Enumerable
            .Range(0, 5_000)
            .Select(i =>
                beginnings[i % beginnings.Length]
                + random.NextInt64(1_000_000, 10_000_000_000).ToString(CultureInfo.InvariantCulture)
            )
            .Concat([Long, Short, $"{Long}#7", "", "5511934567890"])
            .ToArray();

        await using var ask = world.Pod.CreateCommand(
            "select wa.phone_account(n) from unnest($1) with ordinality w (n, i) order by i"
        );
        ask.Parameters.Add(new() { Value = numbers });
        var accounts = new List<string>();
        await using var reader = await ask.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            accounts.Add(reader.GetString(0));

        accounts.ShouldBe(numbers.Select(PhoneNumber.Account), $"seed {seed}");
    }

    [Theory]
    [InlineData(Long, Short)]
    [InlineData(Short, Long)]
    [InlineData("5215512345678", "525512345678")]
    [InlineData("541123456789", "5491123456789")]
    public async Task One_account_is_one_session_whichever_way_its_number_is_written(
        string first,
        string second
    )
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "globex", false, "{}"));
        await world.Desired.PutSessionsAsync([StoreWorld.Row("a", tenant, first)]);

        var later = await world.Desired.PutSessionsAsync([
            StoreWorld.Row("b", other, second),
            StoreWorld.Row("c", tenant, second),
        ]);

        later.ShouldAllBe(s => s.Id == null && s.HeldBy == "ns/s-a");
    }

    [Fact]
    public async Task A_retained_row_is_adopted_under_another_form_of_its_number()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var first = await world.Desired.PutSessionsAsync([StoreWorld.Row("a", tenant, Short)]);
        await world.Desired.RetainSessionAsync(first[0].Id!.Value);

        var second = await world.Desired.PutSessionsAsync([StoreWorld.Row("b", tenant, Long)]);

        second[0].Id.ShouldBe(first[0].Id);
        var row = (await new ObservedStore(world.Admin).ReadSessionsAsync()).Single().Row;
        (row.Uid, row.Phone, row.Desired).ShouldBe(("b", Long, DesiredState.Active));
    }

    [Fact]
    public async Task Of_rows_that_were_one_account_all_along_the_one_in_use_stays()
    {
        var server = await PostgresServer.SharedAsync();
        await using var admin = Database.ForOperator(await server.CreateDatabaseAsync());
        await BeforeAccountsAsync(admin);
        await ExecuteAsync(
            admin,
            $"""
            insert into wa.tenant (namespace, name) values ('ns', 'acme'), ('ns', 'globex');
            insert into wa.session (tenant_id, phone, namespace, name, uid, desired) values
                (1, '{Long}', 'ns', 'never-paired', 'a', 'Active'),
                (2, '{Short}', 'ns', 'in-use', 'b', 'Active'),
                (1, '{Short}', 'ns', 'kept', 'c', 'Retained'),
                (2, '491701234567', 'ns', 'other', 'd', 'Active');
            insert into wa.session_state (session_id, epoch, pool_uid, ordinal, pod_name, phase, paired)
                values (1, 1, 'pool', 0, 'pod', 'Pairing', false), (2, 1, 'pool', 0, 'pod', 'Connected', true);
            insert into wa.placement (session_id, pool_uid, ordinal, reason) values (1, 'pool', 0, ''), (2, 'pool', 0, '');
            """
        );

        await Migrator.MigrateAsync(admin);

        var rows = (await new ObservedStore(admin).ReadSessionsAsync()).ToDictionary(s =>
            s.Row.Name
        );
        rows["in-use"]
            .Row.ShouldSatisfyAllConditions(
                r => r.Phone.ShouldBe(Short),
                r => r.Desired.ShouldBe(DesiredState.Active)
            );
        rows["other"].Row.Desired.ShouldBe(DesiredState.Active);
        rows["never-paired"].Row.Desired.ShouldBe(DesiredState.Retained);
        rows["kept"].Row.Desired.ShouldBe(DesiredState.Retained);
        (await new ObservedStore(admin).ReadPlacementsAsync())
            .Single()
            .SessionId.ShouldBe(rows["in-use"].Id);

        var desired = await DesiredStore.BeginTermAsync(admin, "operator-1");
        var again = await desired.PutSessionsAsync([
            StoreWorld.Row("a", 1, Long) with
            {
                Name = "never-paired",
            },
        ]);
        again[0].ShouldBe(new ProjectedSession("a", null, "ns/in-use"));
    }

    /// <summary>The schema as it was before numbers were compared by account.</summary>
    private static async Task BeforeAccountsAsync(NpgsqlDataSource admin)
    {
        const string prefix = "WaOperator.Store.Schema.";
        var assembly = typeof(Migrator).Assembly;
        await ExecuteAsync(
            admin,
            "create schema wa; create table wa.schema_version (version int primary key, name text not null)"
        );
        var names = assembly
            .GetManifestResourceNames()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .TakeWhile(n => !n.EndsWith("_phone_account.sql", StringComparison.Ordinal));
        foreach (var name in names)
        {
            using var script = new StreamReader(assembly.GetManifestResourceStream(name)!);
            await ExecuteAsync(admin, await script.ReadToEndAsync());
            await ExecuteAsync(
                admin,
                $"insert into wa.schema_version values ({int.Parse(name.AsSpan(prefix.Length, 4), NumberStyles.None, CultureInfo.InvariantCulture)}, '')"
            );
        }
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
