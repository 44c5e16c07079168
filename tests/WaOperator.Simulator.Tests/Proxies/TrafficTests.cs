using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using WaOperator.Testing;

namespace WaOperator.Simulator.Tests.Proxies;

/// <summary>
/// A client in a network namespace of its own, all of whose traffic is watched: behind a proxy not a packet goes elsewhere, not even for a name.
/// </summary>
public sealed class TrafficTests
{
    private const string Phone = "491511111111";
    private const string Server = "chat.invalid";
    private const int Udp = 17;
    private const int Tcp = 6;

    [SkippableTheory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task Not_a_packet_goes_past_the_proxy(string scheme)
    {
        var (made, whyNot) = await NetworkNamespace.TryMakeAsync();
        Skip.If(made is null, whyNot);
        await using var network = made;
        var folder = Directory.CreateTempSubdirectory("traffic-");
        var files = TestCertificates.Write(folder.FullName);
        await using var simulation = await Simulation.StartAsync(
            Simulation.Options with
            {
                TlsCert = files.Certificate,
                TlsKey = files.Key,
            }
        );
        await using var proxy = new TunnelProxy(scheme[0] == 's', at: IPAddress.Any)
        {
            Credentials = ("anna", "secret"),
        };
        var port = simulation.Host.Url.Port;
        using var hosts = await simulation.PutAsync(
            "/media/hosts",
            new { hosts = new[] { $"media.invalid:{port}" } }
        );
        hosts.EnsureSuccessStatusCode();
        var file = Path.Combine(folder.FullName, "file.bin");
        await File.WriteAllBytesAsync(file, new byte[100_000]);
        string[] common =
        [
            "--state",
            Path.Combine(folder.FullName, "state"),
            "--url",
            $"wss://{Server}:{port}/ws/chat",
            "--ca",
            files.Authority,
            "--root-key",
            Convert.ToHexString(simulation.Host.Server.RootPublic),
        ];
        string[] proxied =
        [
            .. common,
            "--proxy",
            $"{scheme}://anna:secret@{network.Here}:{proxy.Port}",
        ];

        using (var watch = new LinkWatch(network.Link))
        {
            await using (
                var pairing = new Running(network, ["pair", .. proxied, "--prekeys", "10"])
            )
            {
                var code = await pairing.UntilAsync("qr");
                await simulation.PostedAsync(
                    $"/phones/{Phone}/scan",
                    new { qr = (string?)code["code"] }
                );
                (await pairing.EndAsync()).ShouldBe(0);
            }
            await using (
                var sending = new Running(
                    network,
                    [
                        "media",
                        .. proxied,
                        "--to",
                        Phone,
                        "--kind",
                        "document",
                        "--path",
                        file,
                        "--mimetype",
                        "application/octet-stream",
                    ]
                )
            )
                (await sending.EndAsync()).ShouldBe(0);

            proxy.Asked.ShouldContain($"{Server}:{port}");
            proxy.Asked.ShouldContain($"media.invalid:{port}");
            proxy.Up.ShouldBeGreaterThan(100_000);
            var at = new IPEndPoint(network.Here, proxy.Port);
            watch.Seen.Count(p => p.To.Equals(at)).ShouldBeGreaterThan(30);
            // What the machine itself says on the link is not the client's.
            watch
                .Seen.Where(p =>
                    !p.From.Address.Equals(network.Here) && (p.Protocol != Tcp || !p.To.Equals(at))
                )
                .Distinct()
                .ShouldBeEmpty("they went past the proxy");
        }

        // What looks names up is seen.
        using (var watch = new LinkWatch(network.Link))
        {
            await using var direct = new Running(network, ["connect", .. common, "--once"]);
            (await direct.EndAsync()).ShouldNotBe(0);
            await Eventually.True(
                "the look-up of a name is seen",
                () => watch.Seen.Any(p => p.Protocol == Udp && p.To.Port == 53)
            );
        }
        folder.Delete(recursive: true);
    }

    /// <summary>wa-client in the namespace.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        // In the same configuration as these tests.
        private static readonly string Program = Path.Combine(
            Shell.Root,
            "tools/WaOperator.Client/bin",
            new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
            "net10.0/wa-client.dll"
        );

        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly Process _process;
        private readonly List<string> _said = [];

        public Running(NetworkNamespace network, string[] arguments)
        {
            var (program, all) = network.Command(
                Environment.ProcessPath is { } host
                && Path.GetFileNameWithoutExtension(host) == "dotnet"
                    ? host
                    : "dotnet",
                [Program, .. arguments]
            );
            _process = new()
            {
                StartInfo = new(program, all)
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                },
            };
            _process.OutputDataReceived += (_, e) => Said(e.Data);
            _process.ErrorDataReceived += (_, e) => Said(e.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        /// <summary>Waits for a line that tells of something.</summary>
        public async Task<JsonNode> UntilAsync(string what)
        {
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                await foreach (var line in _lines.Reader.ReadAllAsync(limit.Token))
                    if (line.StartsWith('{') && JsonNode.Parse(line) is { } told)
                        if ((string?)told["event"] == what)
                            return told;
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"no {what}; wa-client said:\n{Text}", e);
            }
            throw new InvalidOperationException("the lines of a program that runs have no end");
        }

        /// <summary>Waits for its end; its exit code.</summary>
        public async Task<int> EndAsync()
        {
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"wa-client does not end; it said:\n{Text}", e);
            }
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        private string Text
        {
            get
            {
                lock (_said)
                    return string.Join('\n', _said);
            }
        }

        private void Said(string? line)
        {
            if (line is null)
                return;
            lock (_said)
                _said.Add(line);
            _lines.Writer.TryWrite(line);
        }
    }
}
