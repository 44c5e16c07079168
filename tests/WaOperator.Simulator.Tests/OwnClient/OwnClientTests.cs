using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Our own client on the server that Baileys has vouched for.</summary>
public sealed class OwnClientTests : IAsyncLifetime
{
    private const string Number = "491511111111";

    private readonly MemoryStore _store = new();
    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task Pairs_logs_in_and_uploads_as_many_prekeys_as_told()
    {
        await PairAsync();
        await using var connection = Connect();
        await connection.WaitAsync<Connected>();

        var device = (await _simulation.GetAsync($"/phones/{Number}"))["devices"]!
            .AsArray()
            .Single()!;
        ((bool)device["connected"]!).ShouldBeTrue();
        ((int)device["preKeysUploaded"]!).ShouldBe(40);
        foreach (var kind in new[] { "protocolError", "refusedQuery", "unsupportedQuery" })
            (await _simulation.EventsAsync(kind)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scans_by_both_forms_of_the_code()
    {
        await using var connection = Connect();
        var code = await connection.WaitAsync<QrCode>();
        await _simulation.PostedAsync($"/phones/{Number}/scan", new { qr = code.Fields });
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
    }

    [Fact]
    public async Task Is_replaced_by_a_second_login_without_a_late_frame()
    {
        await PairAsync();
        await using var first = Connect();
        await first.WaitAsync<Connected>();
        await using var second = Connect();
        await second.WaitAsync<Connected>();

        (await first.EndedAsync()).Kind.ShouldBe(DisconnectKind.Replaced);
        await Eventually.True(
            "the replaced connection is gone",
            async () => (await _simulation.EventsAsync("replacedConnectionEnded")).Count == 1
        );
        ((int)(await _simulation.SessionAsync(Number))["lateFrames"]!).ShouldBe(0);
    }

    [Fact]
    public async Task A_client_behind_a_closed_gate_only_keeps_its_connection()
    {
        await PairAsync();
        var gate = new TestGate();
        await using var connection = Connect(
            gate: gate,
            options: Options with
            {
                KeepAlive = TimeSpan.FromSeconds(1),
            }
        );
        await connection.WaitAsync<Connected>();
        gate.Close();
        // A keepalive that comes after the gate was closed has overtaken nothing: all acts before it have been seen.
        var before = await NextKeepAliveAsync();
        await _simulation.PostedAsync($"/phones/{Number}/messages", new { });
        await NextKeepAliveAsync();
        var after = await _simulation.SessionAsync(Number);
        ((DateTimeOffset)after["lastActAt"]!).ShouldBe((DateTimeOffset)before["lastActAt"]!);
        ((int)after["waiting"]!).ShouldBe(1);
    }

    [Fact]
    public async Task Unlinked_on_the_phone_it_is_logged_out_and_stays_so()
    {
        await PairAsync();
        await using (var connection = Connect())
        {
            await connection.WaitAsync<Connected>();
            await _simulation.PostedAsync($"/phones/{Number}/unlink", new { device = 1 });
            (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.LoggedOut);
        }
        await using var again = Connect();
        (await again.EndedAsync()).ShouldSatisfyAllConditions(
            end => end.Kind.ShouldBe(DisconnectKind.LoggedOut),
            end => end.Code.ShouldBe(401)
        );
    }

    [Fact]
    public async Task Unlinks_itself_and_the_phone_no_longer_lists_it()
    {
        await PairAsync();
        await using var connection = Connect();
        await connection.WaitAsync<Connected>();
        (await connection.Client.UnlinkAsync(CancellationToken.None)).ShouldBeTrue();
        (await _simulation.DevicesAsync(Number)).ShouldBe(0);
    }

    [Theory]
    [InlineData(503, DisconnectKind.ServerError)]
    [InlineData(403, DisconnectKind.Banned)]
    [InlineData(405, DisconnectKind.ClientOutdated)]
    public async Task A_refused_login_says_what_it_was(int reason, DisconnectKind kind)
    {
        await PairAsync();
        await _simulation.PostedAsync("/faults/refuse", new { reason, count = 1 });
        await using (var refused = Connect())
            (await refused.EndedAsync()).Kind.ShouldBe(kind);
        await using var accepted = Connect();
        await accepted.WaitAsync<Connected>();
    }

    [Fact]
    public async Task A_server_that_goes_silent_is_given_up()
    {
        await PairAsync();
        var options = Options with
        {
            KeepAlive = TimeSpan.FromSeconds(1),
            SilenceLimit = TimeSpan.FromSeconds(2),
        };
        await using var connection = Connect(options: options);
        await connection.WaitAsync<Connected>();
        await _simulation.PostedAsync("/faults/drop", new { how = "freeze" });
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.ConnectionLost);
    }

    [Fact]
    public async Task Prekeys_are_uploaded_again_when_few_are_left()
    {
        await PairAsync();
        await using var connection = Connect();
        await connection.WaitAsync<Connected>();
        var other = new Raw.RawDevice();
        await other.PairAsync(_simulation, "491522222222");
        await using var raw = await other.LoginAsync(_simulation);
        for (var i = 0; i < 36; i++)
        {
            await raw.AskAsync(
                "get",
                "encrypt",
                new WaOperator.WhatsApp.Binary.BinaryNode("key")
                {
                    Children = [new("user") { ["jid"] = $"{Number}:1@s.whatsapp.net" }],
                }
            );
        }
        await Eventually.True(
            "more prekeys were uploaded, and the notice was acknowledged",
            async () =>
                (await _simulation.SessionAsync(Number)) is var session
                && (int)session["preKeys"]! > 5
                && (int)session["waiting"]! == 0
        );
    }

    [Fact]
    public async Task Another_root_than_the_servers_is_rejected()
    {
        await using var connection = Connect(options: Options with { RootKey = new byte[32] });
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.CertificateRejected);
    }

    [Fact]
    public async Task Connects_over_wss_with_a_certificate_of_our_own_CA()
    {
        var folder = Directory.CreateTempSubdirectory("wss-");
        var files = TestCertificates.Write(folder.FullName);
        await using var tls = await Simulation.StartAsync(
            Simulation.Options with
            {
                TlsCert = files.Certificate,
                TlsKey = files.Key,
            }
        );
        var options = new WhatsAppOptions
        {
            Url = tls.Host.Url,
            RootKey = tls.Host.Server.RootPublic,
            TlsCaPem = await File.ReadAllTextAsync(files.Authority),
        };
        folder.Delete(recursive: true);
        await PairAsync(tls, options);
        await using var connection = Connect(options: options);
        await connection.WaitAsync<Connected>();
    }

    private WhatsAppOptions Options =>
        new() { Url = _simulation.Host.Url, RootKey = _simulation.Host.Server.RootPublic };

    private OwnConnection Connect(IActGate? gate = null, WhatsAppOptions? options = null) =>
        new(options ?? Options, _store, gate: gate);

    /// <summary>The session as it is after one more frame.</summary>
    private async Task<System.Text.Json.Nodes.JsonNode> NextKeepAliveAsync()
    {
        var last = (DateTimeOffset)(await _simulation.SessionAsync(Number))["lastFrameAt"]!;
        return await Eventually.Get(
            "keepalive continues",
            async () =>
                await _simulation.SessionAsync(Number) is var now
                && (DateTimeOffset)now["lastFrameAt"]! > last
                    ? now
                    : null
        );
    }

    private Task PairAsync() => PairAsync(_simulation, Options);

    private async Task PairAsync(Simulation simulation, WhatsAppOptions options)
    {
        await using var connection = Connect(options: options);
        var code = await connection.WaitAsync<QrCode>();
        await simulation.PostedAsync($"/phones/{Number}/scan", new { qr = code.Code });
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
        _store.Credentials!.Me!.Value.User.ShouldBe(Number);
    }

    private sealed class TestGate : IActGate
    {
        private readonly TaskCompletionSource _never = new();

        public bool MayAct { get; private set; } = true;

        public void Close() => MayAct = false;

        public Task WaitUntilOpenAsync(CancellationToken ct) =>
            MayAct ? Task.CompletedTask : _never.Task.WaitAsync(ct);
    }
}
