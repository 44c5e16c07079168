using System.Net;
using System.Net.Sockets;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Every wrong setting ends the program with exit code 1 and one sentence that names it.</summary>
public sealed class RefusedStartTests(ITestOutputHelper output)
{
    private const string Dsn = "WA__Database__ConnectionString";
    private static readonly RefusedStart Program = new(
        "WaOperator.Operator.dll",
        line => line.StartsWith("cannot start: ", StringComparison.Ordinal),
        "S3c",
        "retPW"
    );

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
    [InlineData("WA__Port", "80800", "WA__Port is 80800")]
    [InlineData("WA__Port", "many", "WA__Port has a value that is no Int32")]
    [InlineData("WA__Removal__Percent", "200", "WA__Removal__Percent is 200")]
    [InlineData("KUBECONFIG", "/nowhere/config", "/nowhere/config")]
    public Task A_wrong_setting(string setting, string? value, string told) =>
        Program.ShouldTellAsync(With((setting, value)), told);

    [Fact]
    public async Task A_port_that_is_taken()
    {
        using var other = new TcpListener(IPAddress.Any, 0);
        other.Start();
        var port = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        var server = await ApiServer.SharedAsync();
        await Program.ShouldTellAsync(
            With(("WA__Port", port), ("KUBECONFIG", server.KubeconfigPath)),
            $"WA__Port is {port}, a port that another program listens on"
        );
    }

    [Theory]
    [InlineData("unknown", null, "refuses the log-in")]
    [InlineData("postgres", "nowhere", "names a database that PostgreSQL does not have")]
    public async Task A_database_that_refuses(string user, string? database, string told)
    {
        await using var world = await World.CreateAsync(output);
        var postgres = await PostgresServer.SharedAsync();
        await Program.ShouldTellAsync(
            With(
                ("KUBECONFIG", world.Server.KubeconfigPath),
                ("WA__Pod__Namespace", world.Ns),
                ("WA__Namespaces__0", world.Ns),
                (
                    Dsn,
                    $"Host=127.0.0.1;Port={postgres.Port};Username={user};Password=S3cretPW;Database={database ?? "postgres"}"
                )
            ),
            $"{Dsn} ",
            told
        );
    }

    /// <summary>The least of settings, with these.</summary>
    private static Dictionary<string, string?> With(
        params (string Setting, string? Value)[] changes
    )
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [Dsn] = "Host=127.0.0.1;Port=1;Username=wa;Password=S3cretPW;Database=wa",
            ["WA__Redis__Configuration"] = "rediss://:S3cretPW@127.0.0.1:1",
            ["WA__Pod__Namespace"] = "default",
            ["WA__SessionPod__Image"] = "x:1",
            ["WA__Port"] = "0",
        };
        foreach (var (setting, value) in changes)
            settings[setting] = value;
        return settings;
    }
}
