using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using WaOperator.Benchmarks.Webhooks.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Webhooks.Parts;

/// <summary>Events that wait are posted as fast as it goes; and what a client posts that does nothing else.</summary>
internal static class Backlog
{
    private const int Sessions = 32;
    private const double Aim = 2_000;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("backlog");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        await using var stage = await HookStage.StartAsync(setup, Sessions);
        var tenant = stage.Tenants.Single();
        var to = peer.Jid.ToString();
        // Slower at first: what is called for the first time is compiled.
        var first = setup.Options.Scaled(5_000);
        await stage.SendAsync(tenant, to, first);
        await PostAsync(stage, tenant, first);
        await stage.SetAsync(tenant, s => s);
        var count = setup.Options.Scaled(20_000);
        await stage.SendAsync(tenant, to, count);
        var cpu = Usage.Cpu(stage.Pod.Pid);
        var took = await PostAsync(stage, tenant, first + count);
        cpu = Usage.Cpu(stage.Pod.Pid) - cpu;
        var perSecond = count / took.TotalSeconds;
        var plain = await PlainAsync(stage, tenant, count);
        setup.Table.Add(
            new($"a backlog of {count} events of {Sessions} sessions", "1/s", perSecond)
        );
        setup.Table.Add(new("  the pod's processor time", "ms each", 1_000 * cpu / count));
        setup.Table.Add(new("  a client that only posts, as many at once", "1/s", plain));
        setup.Table.Aim("deliveries a pod", "2,000/s", perSecond, perSecond >= Aim);
    }

    private static async Task<TimeSpan> PostAsync(HookStage stage, HookTenant tenant, int count)
    {
        var start = Stopwatch.GetTimestamp();
        await stage.SetAsync(tenant, s => s with { Paused = false });
        await HookStage.ArrivedAsync(tenant, count, TimeSpan.FromMinutes(3));
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<double> PlainAsync(HookStage stage, HookTenant tenant, int count)
    {
        var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(stage.CaFile));
        using var http = new HttpClient(
            new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    CertificateChainPolicy = new()
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { authority },
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                },
            }
        );
        var body = Encoding.UTF8.GetBytes(
            $$"""{"specversion":"1.0","time":"2026-01-01T00:00:00.000Z","data":"{{new string('x', 400)}}"}"""
        );
        await ManyAsync(count / 4);
        var start = Stopwatch.GetTimestamp();
        await ManyAsync(count);
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;

        async Task ManyAsync(int number)
        {
            var next = 0;
            await Task.WhenAll(
                Enumerable
                    .Range(0, Sessions)
                    .Select(async _ =>
                    {
                        while (Interlocked.Increment(ref next) is var i && i <= number)
                        {
                            using var content = new ByteArrayContent(body);
                            content.Headers.ContentType = new MediaTypeHeaderValue(
                                "application/json"
                            );
                            using var answer = await http.PostAsync(
                                stage.AddressOf(tenant),
                                content
                            );
                            answer.EnsureSuccessStatusCode();
                        }
                    })
            );
        }
    }
}
