using System.Net;
using System.Net.Sockets;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Options;

/// <summary>Every wrong setting ends the program with exit code 1 and one sentence that names it.</summary>
public sealed class RefusedStartTests : IDisposable
{
    private const string Dsn = "WA__Database__ConnectionString";
    private static readonly RefusedStart Program = new(
        "WaOperator.SessionPod.dll",
        line => line.Contains("refused to start", StringComparison.Ordinal),
        "S3c",
        "retPW"
    );
    private readonly string _key = Path.GetTempFileName();

    public RefusedStartTests() => File.WriteAllText(_key, Convert.ToBase64String(new byte[32]));

    public void Dispose() => File.Delete(_key);

    [Theory]
    [InlineData(Dsn, null, $"{Dsn} is not set")]
    [InlineData(Dsn, "Host=db;Usrname=wa;Password=S3cretPW", "did you mean Username?")]
    [InlineData(Dsn, "Host=db;Username=wa;Password=S3c;retPW", Dsn)]
    [InlineData(Dsn, "postgresql://wa:S3c/retPW@db/wa", Dsn)]
    [InlineData("WA__Redis__Configuration", "redis://u:S3c/retPW@h:6379", "%2F")]
    [InlineData(
        "WA__Redis__Configuration",
        "redis://u:S3cretPW@h?servicName=x",
        "did you mean serviceName?"
    )]
    [InlineData("WA__Redis__CaFile", "/nowhere/ca.pem", "CaFile that cannot be read")]
    [InlineData("WA__WhatsApp__CaFile", "/nowhere/ca.pem", "WA__WhatsApp__CaFile")]
    [InlineData("WA__MasterKey__File", "/nowhere/key", "/nowhere/key")]
    [InlineData("WA__Pod__Listen", "localhost", "WA__Pod__Listen is localhost")]
    [InlineData("WA__Pod__Listen", "192.0.2.1", "WA__Pod__Listen is 192.0.2.1")]
    [InlineData("WA__Pod__Port", "80800", "WA__Pod__Port is 80800")]
    [InlineData("WA__Api__MaxQueue", "many", "WA__Api__MaxQueue is many")]
    public Task A_wrong_setting(string setting, string? value, string told) =>
        Program.ShouldTellAsync(With((setting, value)), told);

    [Theory]
    [InlineData("WA__Pod__Port", null)]
    [InlineData("WA__Pod__Port", "127.0.0.1")]
    [InlineData("WA__Api__Port", null)]
    public async Task A_port_that_is_taken(string setting, string? listen)
    {
        using var other = new TcpListener(
            listen is null ? IPAddress.Any : IPAddress.Parse(listen),
            0
        );
        other.Start();
        var port = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        await Program.ShouldTellAsync(
            With((setting, port), ("WA__Pod__Listen", listen)),
            $"{setting} is {port}, a port that another program listens on"
        );
    }

    [Fact]
    public Task One_port_for_both() =>
        Program.ShouldTellAsync(
            With(("WA__Pod__Port", "18080"), ("WA__Api__Port", "18080")),
            "WA__Api__Port is 18080 as WA__Pod__Port is"
        );

    [Theory]
    [InlineData("unknown", null, "refuses the log-in")]
    [InlineData("postgres", "nowhere", "names a database that PostgreSQL does not have")]
    public async Task A_database_that_refuses(string user, string? database, string told)
    {
        var postgres = await PostgresServer.SharedAsync();
        await Program.ShouldTellAsync(
            With(
                (
                    Dsn,
                    $"Host=127.0.0.1;Port={postgres.Port};Username={user};Password=S3cretPW;Database={database ?? "postgres"}"
                )
            ),
            Dsn,
            told
        );
    }

    /// <summary>The least of settings, with these.</summary>
    private Dictionary<string, string?> With(params (string Setting, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [Dsn] = "Host=127.0.0.1;Port=1;Username=wa;Password=S3cretPW;Database=wa",
            ["WA__Redis__Configuration"] = "rediss://:S3cretPW@127.0.0.1:1",
            ["WA__MasterKey__File"] = _key,
            ["WA__Pod__Name"] = "pod-0",
            ["WA__Pod__Uid"] = "uid",
            ["WA__Pod__PoolUid"] = "pool",
            ["WA__Pod__Port"] = "0",
            ["WA__Api__Port"] = "0",
        };
        foreach (var (setting, value) in changes)
            settings[setting] = value;
        return settings;
    }
}
