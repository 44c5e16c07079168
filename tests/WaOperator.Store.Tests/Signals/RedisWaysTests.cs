using System.Globalization;
using WaOperator.Signals;
using WaOperator.Store.Connecting;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Hints;

/// <summary>Ways to a real Redis: what works, and what is said of what does not.</summary>
public sealed class RedisWaysTests
{
    private const string User = "ali:ce";
    private const string Password = "S3cret@/?%PW";

    [Theory]
    [InlineData("127.0.0.1:{0}")]
    [InlineData("redis://127.0.0.1:{0}")]
    [InlineData("REDIS://127.0.0.1:{0}/0")]
    [InlineData("redis://127.0.0.1:{0}/2?connectTimeout=1000&name=wa")]
    [InlineData("redis://[::1]:{0}")]
    [InlineData("[::1]:{0}")]
    [InlineData("redis://localhost:{0}?protocol=resp3\n")]
    public async Task Every_form_leads_there(string form)
    {
        await using var redis = new RedisServer { More = ["--bind", "127.0.0.1", "::1"] };
        await redis.StartAsync();
        await WorksAsync(string.Format(CultureInfo.InvariantCulture, form, redis.Port));
    }

    [Theory]
    [InlineData("redis://ali%3Ace:S3cret%40%2F%3F%25PW@127.0.0.1:{0}")]
    [InlineData("redis://ali%3Ace:S3cret@%2F%3F%25PW@127.0.0.1:{0}")]
    [InlineData("127.0.0.1:{0},user=ali:ce,password=S3cret@/?%PW")]
    public async Task A_user_of_its_own_logs_in(string form)
    {
        await using var redis = new RedisServer { More = Acl };
        await redis.StartAsync();
        await WorksAsync(string.Format(CultureInfo.InvariantCulture, form, redis.Port));
    }

    [Fact]
    public async Task Tls_with_an_authority_of_its_own()
    {
        using var tls = new RedisTls();
        await using var redis = tls.Server();
        await redis.StartAsync();
        await WorksAsync($"rediss://127.0.0.1:{redis.Port}", tls.CaFile);
        await WorksAsync($"rediss://localhost:{redis.Port}", tls.CaFile);
        await WorksAsync($"127.0.0.1:{redis.Port},ssl=true", tls.CaFile);
    }

    [Fact]
    public async Task Authorities_that_are_renewed_are_read_for_the_next_connection()
    {
        using var tls = new RedisTls();
        await using var redis = tls.Server();
        await redis.StartAsync();
        using var log = new Logs();
        using var hints = new LateHints(
            RedisDsn.Read($"rediss://127.0.0.1:{redis.Port}", tls.CaFile),
            null,
            TimeProvider.System,
            log
        );
        await Eventually.True("it is connected", () => hints.IsConnected);

        await redis.KillAsync();
        tls.Renew();
        await redis.StartAsync();

        await Eventually.True($"it is connected again; log: {log}", () => hints.IsConnected);
        log.Count(RedisFault.Certificate.Sentence).ShouldBe(0);
    }

    [Fact]
    public async Task Sentinel_and_cluster()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        var home = Directory.CreateTempSubdirectory("wa-sentinel-").FullName;
        await File.WriteAllTextAsync(
            $"{home}/sentinel.conf",
            $"sentinel monitor wa-master 127.0.0.1 {redis.Port} 1\n"
        );
        await using var sentinel = new RedisServer
        {
            Before = [$"{home}/sentinel.conf", "--sentinel"],
            Saves = false,
        };
        await sentinel.StartAsync();
        await WorksAsync($"redis://127.0.0.1:{sentinel.Port}?serviceName=wa-master");
        await WorksAsync($"127.0.0.1:{sentinel.Port},serviceName=wa-master");

        await using var cluster = new RedisServer
        {
            More = ["--cluster-enabled", "yes", "--cluster-config-file", $"{home}/nodes.conf"],
        };
        await cluster.StartAsync();
        await WorksAsync($"redis://127.0.0.1:{cluster.Port}");
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_refused_log_in_is_said_once_and_its_end()
    {
        await using var redis = new RedisServer { More = Acl };
        await redis.StartAsync();
        foreach (
            var wrong in (string[])
                [
                    $"redis://ali%3Ace:S3cretPW2@127.0.0.1:{redis.Port}",
                    $"redis://nobody:S3cretPW2@127.0.0.1:{redis.Port}",
                    $"redis://:S3cretPW2@127.0.0.1:{redis.Port}",
                ]
        )
            await FailsAsync(wrong, null, RedisFault.LogIn);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_said()
    {
        using var tls = new RedisTls();
        using var other = new RedisTls();
        await using var redis = tls.Server();
        await redis.StartAsync();
        await FailsAsync($"rediss://127.0.0.1:{redis.Port}", null, RedisFault.Certificate);
        await FailsAsync($"rediss://127.0.0.1:{redis.Port}", other.CaFile, RedisFault.Certificate);
    }

    [Fact]
    public async Task A_name_that_cannot_be_resolved_and_a_port_without_a_server_are_said()
    {
        await FailsAsync("redis://nowhere.invalid:6379", null, RedisFault.Name);
        await FailsAsync($"redis://127.0.0.1:{PostgresServer.FreePort()}", null, RedisFault.Away);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("http://:S3cretPW@h:6379", "redis://")]
    [InlineData("redis://u:S3cret/PW@h:6379", "%2F")]
    [InlineData("redis://u:S3cret?PW@h", "%3F")]
    [InlineData("redis://u:S3cretPW%zz@h", "%25")]
    [InlineData("redis://u:S3cretPW@h:S3cretPW", "port")]
    [InlineData("redis://u:S3cretPW@", "host")]
    [InlineData("redis://u:S3cretPW@h/S3cretPW", "database")]
    [InlineData("redis://u:S3cretPW@h?S3cretPW", "parameter 1")]
    [InlineData("redis://u:S3cretPW@h?servicName=x", "did you mean serviceName?")]
    [InlineData("redis://u:S3cretPW@h?connectTimeout=S3cretPW", "option")]
    [InlineData("h:6379,password=a,S3cretPW", "%2C")]
    [InlineData("h:6379,pasword=S3cretPW", "did you mean password?")]
    [InlineData("h:6379,password=S3cret,PW=x", "not known")]
    [InlineData("u:S3cretPW@h:6379", "host")]
    [InlineData("password=S3cretPW", "no host")]
    [InlineData("h:6379,ssl=S3cretPW", "option")]
    public void What_is_wrong_is_said_without_any_of_it(string text, string told)
    {
        var fault = Should.Throw<ConnectionSettingException>(() => RedisDsn.Read(text));
        fault.Message.ShouldContain(told);
        fault.ToString().ShouldNotContain("S3cret");
        fault.ToString().ShouldNotContain("PW");
    }

    private static string[] Acl =>
        ["--user", "default", "off", "--user", User, "on", $">{Password}", "~*", "&*", "+@all"];

    private static async Task WorksAsync(string configuration, string? caFile = null)
    {
        using var log = new Logs();
        using var hints = new LateHints(
            RedisDsn.Read(configuration, caFile),
            null,
            TimeProvider.System,
            log
        );
        var heard = 0;
        hints.Subscribe("wa:test", () => Interlocked.Increment(ref heard));
        await Eventually.True(
            $"a hint comes through {configuration}; log: {log}",
            () =>
            {
                hints.Publish("wa:test");
                return Volatile.Read(ref heard) > 0;
            }
        );
        hints.IsConnected.ShouldBeTrue();
        hints.Fault.ShouldBeNull();
    }

    private static async Task FailsAsync(string configuration, string? caFile, RedisFault why)
    {
        using var log = new Logs();
        using var hints = new LateHints(
            RedisDsn.Read(configuration, caFile),
            null,
            TimeProvider.System,
            log
        );
        await Eventually.True(
            $"{configuration} is told as \"{why}\", log: {log}",
            () => hints.Fault == why && log.Count(why.Sentence) > 0
        );
        log.Count(why.Sentence).ShouldBe(1);
        log.ToString().ShouldNotContain("S3cret");
        hints.IsConnected.ShouldBeFalse();
    }
}
