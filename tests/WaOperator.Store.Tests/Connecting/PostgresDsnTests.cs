using Npgsql;
using WaOperator.Store.Connecting;

namespace WaOperator.Store.Tests.Connecting;

public sealed class PostgresDsnTests
{
    [Theory]
    [InlineData(
        "postgresql://wa:S3cretPW@db/wa?sslmode=require",
        "db",
        5432,
        "wa",
        "S3cretPW",
        "wa"
    )]
    [InlineData("postgres://wa:S3cretPW@db:6432/wa", "db", 6432, "wa", "S3cretPW", "wa")]
    [InlineData("POSTGRESQL://wa:a%40b%2Fc%3Fd%25@db/wa%20x", "db", 5432, "wa", "a@b/c?d%", "wa x")]
    [InlineData("postgresql://wa:p@ss@db/wa", "db", 5432, "wa", "p@ss", "wa")]
    [InlineData("postgresql://wa:a;b='c#d+e@db/wa", "db", 5432, "wa", "a;b='c#d+e", "wa")]
    [InlineData(
        "postgresql://wa:%C3%BC%E2%82%AC@[2001:db8::1]:5433/wa",
        "2001:db8::1",
        5433,
        "wa",
        "ü€",
        "wa"
    )]
    [InlineData(
        "postgresql://[::1]/wa?user=wa&password=S3cretPW",
        "::1",
        5432,
        "wa",
        "S3cretPW",
        "wa"
    )]
    [InlineData(
        "postgresql://wa@%2Fvar%2Frun%2Fpostgresql/wa",
        "/var/run/postgresql",
        5432,
        "wa",
        null,
        "wa"
    )]
    [InlineData("postgresql:///wa?host=db&port=6432&user=wa", "db", 6432, "wa", null, "wa")]
    [InlineData("  postgresql://wa:S3cretPW@db\n", "db", 5432, "wa", "S3cretPW", null)]
    [InlineData(
        "host=db port=6432 user=wa password='S3 cret\\'PW' dbname=wa",
        "db",
        6432,
        "wa",
        "S3 cret'PW",
        "wa"
    )]
    [InlineData("user = wa host = db password=a;b dbname=wa", "db", 5432, "wa", "a;b", "wa")]
    [InlineData(
        "Host=db;Port=6432;Username=wa;Password=S3cretPW;Database=wa",
        "db",
        6432,
        "wa",
        "S3cretPW",
        "wa"
    )]
    [InlineData(
        "host=db; port=6432; user id=wa; password='a;b''c'; database=wa;",
        "db",
        6432,
        "wa",
        "a;b'c",
        "wa"
    )]
    [InlineData("Server=db;User Id=wa;Pwd=\"a=b\"", "db", 5432, "wa", "a=b", null)]
    public void Every_form_says_the_same(
        string text,
        string host,
        int port,
        string user,
        string? password,
        string? database
    )
    {
        var read = PostgresDsn.Read(text);
        read.Host.ShouldBe(host);
        read.Port.ShouldBe(port);
        read.Username.ShouldBe(user);
        read.Password.ShouldBe(password);
        read.Database.ShouldBe(database);
        // What Npgsql makes of it must be the same once more.
        new NpgsqlConnectionStringBuilder(read.ConnectionString).Password.ShouldBe(password);
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("allow", SslMode.Allow)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Libpqs_names_of_sslmode_are_Npgsqls(string name, SslMode mode)
    {
        PostgresDsn.Read($"postgresql://wa@db/wa?sslmode={name}").SslMode.ShouldBe(mode);
        PostgresDsn.Read($"host=db user=wa sslmode={name}").SslMode.ShouldBe(mode);
        PostgresDsn.Read($"Host=db;Username=wa;SSL Mode={mode}").SslMode.ShouldBe(mode);
    }

    [Fact]
    public void A_root_certificate_makes_require_a_check_as_libpq_has_it()
    {
        var file = Path.GetTempFileName();
        var read = PostgresDsn.Read(
            $"postgresql://wa@db/wa?sslmode=require&sslrootcert={Uri.EscapeDataString(file)}"
        );
        read.SslMode.ShouldBe(SslMode.VerifyCA);
        read.RootCertificate.ShouldBe(file);
        File.Delete(file);
        PostgresDsn
            .Read("postgresql://wa@db/wa?sslrootcert=system")
            .SslMode.ShouldBe(SslMode.VerifyFull);
    }

    [Theory]
    [InlineData("postgresql://wa:x@a,b:5433,[::1]:5434/wa", "a:5432,b:5433,[::1]:5434")]
    [InlineData("host=a,b port=5433 user=wa", "a:5433,b:5433")]
    [InlineData("host=a,b port=5433,5434 user=wa", "a:5433,b:5434")]
    public async Task Of_several_hosts_the_primary_serves(string text, string hosts)
    {
        var read = PostgresDsn.Read(text);
        read.Host.ShouldBe(hosts);
        read.TargetSessionAttributes.ShouldBe("primary");
        await using var source = Database.ForOperator(text);
        source.ShouldBeOfType<NpgsqlMultiHostDataSource>();
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("S3cretPW", "without a value")]
    [InlineData("wa:S3cretPW@db/wa", "without a value")]
    [InlineData("postgresql:/wa:S3cretPW@db/wa", "without a value")]
    [InlineData("mysql://wa:S3cretPW@db/wa", "postgresql://")]
    [InlineData("jdbc:postgresql://db/wa?user=wa&password=S3cretPW", "postgresql://")]
    [InlineData("postgresql+asyncpg://wa:S3cretPW@db/wa", "postgresql://")]
    [InlineData("postgresql://wa:S3cret/PW@db/wa", "%2F")]
    [InlineData("postgresql://wa:123/S3cretPW@db/wa", "%2F")]
    [InlineData("postgresql://wa:S3cret?PW@db/wa", "%3F")]
    [InlineData("postgresql://wa:S3cretPW%zz@db/wa", "%25")]
    [InlineData("postgresql://wa:S3cretPW%0@db/wa", "%25")]
    [InlineData("postgresql://wa:S3cretPW%00@db/wa", "%25")]
    [InlineData("postgresql://wa:S3cretPW@db:S3cretPW/wa", "port")]
    [InlineData("postgresql://wa:S3cretPW@db:99999/wa", "port")]
    [InlineData("postgresql://wa:S3cretPW@[::1/wa", "[")]
    [InlineData("postgresql://wa:S3cretPW@[::1]S3cretPW/wa", "]")]
    [InlineData("postgresql://wa:S3cretPW@/wa", "host")]
    [InlineData("postgresql://:S3cretPW@db/wa", "user")]
    [InlineData("postgresql://wa:S3cretPW@db/wa?S3cretPW", "parameter 1")]
    [InlineData("postgresql://wa:S3cretPW@db/wa?sslmod=require", "did you mean sslmode?")]
    [InlineData("postgresql://wa:S3cretPW@db/wa?sslmode=S3cretPW", "sslmode")]
    [InlineData("postgresql://wa:S3cretPW@db/wa?connect_timeout=S3cretPW", "connect_timeout")]
    [InlineData("postgresql://wa:S3cretPW@db/wa?sslrootcert=/nowhere/S3cretPW", "root certificate")]
    [InlineData(
        "postgresql://wa:S3cretPW@db/wa?target_session_attrs=S3cretPW",
        "target_session_attrs"
    )]
    [InlineData("postgresql://wa:S3cretPW@db/wa?pgbouncer=true", "not known")]
    [InlineData("host=db usr=wa password=S3cretPW", "did you mean user?")]
    [InlineData("host=db user=wa password=S3cretPW S3cretPW=1", "not known")]
    [InlineData("host=db user=wa port=S3cretPW", "port")]
    [InlineData("host=a,b port=1,2,3 user=wa password=S3cretPW", "number of ports")]
    [InlineData("host=db user=wa password='S3cretPW", "quote that is not closed (keyword 3)")]
    [InlineData("host=db password='S3cretPW user=wa", "quote that is not closed (keyword 2)")]
    [InlineData("password = 'S3cretPW\\'", "quote that is not closed (keyword 1)")]
    [InlineData("host=db user=wa password='S3cret;PW", "quote that is not closed (keyword 3)")]
    [InlineData("Host=db;Username=wa;Password=a;S3cretPW", "setting 4, after Password")]
    [InlineData("Host=db;Username=wa;Password=a;S3cret=PW", "setting 4, after Password")]
    [InlineData("Host=db;Username=wa;Pasword=S3cretPW", "did you mean Password?")]
    [InlineData("Host=db;Usrname=wa;Password=S3cretPW", "did you mean Username?")]
    [InlineData("Host=db;Username=wa;Password='S3cretPW", "quote")]
    [InlineData("Host=db;Username=wa;Password='a'S3cretPW", "quote")]
    [InlineData("Host=db;Port=S3cretPW;Username=wa", "Port")]
    [InlineData("Host=db;SSL Mode=S3cretPW;Username=wa", "SSL Mode")]
    [InlineData("Host=db;Maximum Pool Size=1;Username=wa;Password=S3cretPW", "Maximum Pool Size")]
    [InlineData("Host=db;Multiplexing=true;Username=wa;Password=S3cretPW", "Multiplexing")]
    [InlineData("Host=postgresql://wa:S3cretPW@db/wa", "host")]
    [InlineData("Username=wa;Password=S3cretPW", "no host")]
    [InlineData("=S3cretPW", "")]
    [InlineData(";;S3cretPW;;", "")]
    public void What_is_wrong_is_said_without_any_of_it(string text, string told)
    {
        var fault = Should.Throw<ConnectionSettingException>(() => PostgresDsn.Read(text));
        fault.Message.ShouldContain(told);
        fault.ToString().ShouldNotContain("S3cret");
        fault.ToString().ShouldNotContain("PW");
        fault.InnerException.ShouldBeNull();
    }

    [Fact]
    public void No_garbled_setting_lets_anything_of_its_password_out()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] whole =
        [
            "postgresql://wa:S3cretPW@db:5432/wa?sslmode=require&connect_timeout=3",
            "host=db port=5432 user=wa password='S3cretPW' dbname=wa sslmode=prefer",
            "Host=db;Port=5432;Username=wa;Password=\"S3cretPW\";Database=wa;SSL Mode=Prefer",
        ];
        const string noise = "@:/?#%&=;'\" \\,[]\n\0x0";
        for (var i = 0; i < 20_000; i++)
        {
            var text = whole[random.Next(whole.Length)].ToList();
            for (var n = random.Next(1, 4); n > 0; n--)
                switch (random.Next(3))
                {
                    case 0:
                        text.Insert(random.Next(text.Count), noise[random.Next(noise.Length)]);
                        break;
                    case 1:
                        text.RemoveAt(random.Next(text.Count));
                        break;
                    default:
                        text[random.Next(text.Count)] = noise[random.Next(noise.Length)];
                        break;
                }
            var garbled = string.Concat(text);
            try
            {
                PostgresDsn.Read(garbled);
            }
            catch (ConnectionSettingException e)
            {
                e.ToString().ShouldNotContain("cret", Case.Sensitive, $"seed {seed}: {garbled}");
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {garbled}", e);
            }
        }
    }

    [Fact]
    public async Task The_pools_size_is_the_administrators_and_the_timeouts_are_the_leases()
    {
        const string dsn = "Host=db;Username=wa;Maximum Pool Size=3;Timeout=1;Command Timeout=77";
        await using var pod = Database.ForPod(dsn, "wa-pod/x", TimeSpan.FromSeconds(10));
        await using var alone = Database.ForLease(dsn, "wa-pod/x", TimeSpan.FromSeconds(10));
        await using var usual = Database.ForPod(
            "Host=db;Username=wa",
            "wa-pod/x",
            TimeSpan.FromSeconds(10)
        );
        await using var migration = Database.ForMigration(dsn);
        var read = new NpgsqlConnectionStringBuilder(pod.ConnectionString);
        read.MaxPoolSize.ShouldBe(3);
        read.Timeout.ShouldBe(1);
        read.CommandTimeout.ShouldBe(10);
        new NpgsqlConnectionStringBuilder(alone.ConnectionString).MaxPoolSize.ShouldBe(1);
        new NpgsqlConnectionStringBuilder(usual.ConnectionString).MaxPoolSize.ShouldBe(8);
        new NpgsqlConnectionStringBuilder(migration.ConnectionString).CommandTimeout.ShouldBe(0);
    }
}
