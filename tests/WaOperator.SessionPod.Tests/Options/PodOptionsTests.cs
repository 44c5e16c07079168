using Microsoft.Extensions.Configuration;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.SessionPod.Options;

namespace WaOperator.SessionPod.Tests.Options;

public sealed class PodOptionsTests
{
    private static readonly Dictionary<string, string?> Least = new()
    {
        ["WA:Pod:Name"] = "default-shard-12",
        ["WA:Pod:Uid"] = "pod-uid",
        ["WA:Pod:PoolUid"] = "pool-uid",
        ["WA:Database:ConnectionString"] = "Host=db;Username=wa;Password=secret",
        ["WA:MasterKey:File"] = "/keys/master",
    };

    private static PodOptions Read(params (string Key, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Least);
        foreach (var (key, value) in changes)
            settings[key] = value;
        return PodOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
    }

    [Fact]
    public void The_least_is_enough_and_the_ordinal_is_in_the_name()
    {
        var options = Read();
        options.Identity.Shard.Ordinal.ShouldBe(12);
        options.Identity.Shard.PoolUid.ShouldBe("pool-uid");
        options.Identity.PodUid.ShouldBe("pod-uid");
        options.Port.ShouldBe(8080);
        options.Url.Scheme.ShouldBe("wss");
        options.RootKey.Length.ShouldBe(32);
        options.Redis.ShouldBeNull();
    }

    [Fact]
    public void All_that_the_operator_sets_is_read_and_nothing_else_is_required()
    {
        var asked = new AskedKeys(Least);
        PodOptions.Read(new ConfigurationRoot([asked]));
        PodEnvironment.All.Select(SettingReader.KeyOf).ShouldBeSubsetOf(asked.Keys);

        var refused = Should.Throw<StartRefusedException>(() =>
            PodOptions.Read(
                new ConfigurationRoot([new AskedKeys(new Dictionary<string, string?>())])
            )
        );
        refused
            .Message.Split("; ")
            .Where(e => e.Contains("is not set", StringComparison.Ordinal))
            .Select(e => e.Split(' ')[0])
            .ShouldBeSubsetOf(PodEnvironment.All);
    }

    [Theory]
    [InlineData("WA:Pod:Name", null, "WA__Pod__Name")]
    [InlineData("WA:Pod:Name", "shard", "ordinal")]
    [InlineData("WA:Pod:Name", "shard-x", "ordinal")]
    [InlineData("WA:Pod:Uid", "", "WA__Pod__Uid")]
    [InlineData("WA:Pod:PoolUid", null, "WA__Pod__PoolUid")]
    [InlineData("WA:Database:ConnectionString", null, "WA__Database__ConnectionString")]
    [InlineData(
        "WA:Database:ConnectionString",
        "postgresql://wa:secret/@db/wa",
        "WA__Database__ConnectionString is a URI"
    )]
    [InlineData("WA:Database:ConnectionString", "Host=db;Usrname=wa", "did you mean Username?")]
    [InlineData("WA:MasterKey:File", null, "WA__MasterKey__File")]
    [InlineData("WA:WhatsApp:Url", "http://x", "wss://")]
    [InlineData("WA:WhatsApp:RootKey", "abc", "64 hex digits")]
    [InlineData("WA:Pod:Port", "99999", "0 to 65535")]
    [InlineData("WA:Pod:StallLimitMs", "soon", "100 to 60000")]
    public void What_is_wrong_is_named_with_what_is_allowed(
        string key,
        string? value,
        string told
    ) => Should.Throw<StartRefusedException>(() => Read((key, value))).Message.ShouldContain(told);

    [Fact]
    public void All_that_is_wrong_is_told_at_once_and_no_secret_with_it()
    {
        var refused = Should.Throw<StartRefusedException>(() =>
            Read(("WA:Pod:Uid", null), ("WA:WhatsApp:Url", "x"), ("WA:Pod:Port", "-1"))
        );
        refused.Message.ShouldContain("WA__Pod__Uid");
        refused.Message.ShouldContain("WA__WhatsApp__Url");
        refused.Message.ShouldContain("WA__Pod__Port");
        refused.Message.ShouldNotContain("secret");
    }

    /// <summary>Settings that remember which of them were asked for.</summary>
    private sealed class AskedKeys : ConfigurationProvider
    {
        public AskedKeys(IReadOnlyDictionary<string, string?> settings) =>
            Data = new Dictionary<string, string?>(settings);

        public HashSet<string> Keys { get; } = [];

        public override bool TryGet(string key, out string? value)
        {
            Keys.Add(key);
            return base.TryGet(key, out value);
        }
    }
}
