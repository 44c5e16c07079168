using WaOperator.Testing;

namespace WaOperator.Simulator.Tests.Baileys;

/// <summary>Unmodified clients from npm hold the simulator to the protocol: what only our own client likes proves nothing.</summary>
public sealed class BaileysTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    /// <summary>Tests run side by side, so Baileys 6.7.24 may need longer than usual to be ready for the first stanza.</summary>
    private static SimulatorOptions Options { get; } =
        Simulation.Options with
        {
            FirstStanzaAfter = TimeSpan.FromMilliseconds(300),
        };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baileys-");
    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync(Options);

    public async Task DisposeAsync()
    {
        await _simulation.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(BaileysClient.Release7, 812)]
    [InlineData(BaileysClient.Release6, 30)]
    public async Task Pairs_survives_515_and_logs_in(string library, int preKeys)
    {
        await using var client = await StartAsync(library, "a");
        await client.PairAsync(_simulation, Anna);

        var device = (await _simulation.GetAsync($"/phones/{Anna}"))["devices"]!
            .AsArray()
            .Single()!;
        ((bool)device["connected"]!).ShouldBeTrue();
        ((int)device["preKeysUploaded"]!).ShouldBe(
            preKeys,
            "this release uploads that many at its first login"
        );
        ((string)device["platform"]!).ShouldBe("Ubuntu");
        (await _simulation.EventsAsync("protocolError")).ShouldBeEmpty();
        (await _simulation.EventsAsync("refusedQuery")).ShouldBeEmpty();
        (await _simulation.EventsAsync("unsupportedQuery")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(BaileysClient.Release7)]
    [InlineData(BaileysClient.Release6)]
    public async Task Is_replaced_by_a_second_login_and_unlinked_by_the_phone(string library)
    {
        await using var first = await StartAsync(library, "a");
        await first.PairAsync(_simulation, Anna);
        await using var second = await StartAsync(library, "a");
        await second.ConnectAsync();

        ((int)(await first.WaitAsync("close"))["code"]!).ShouldBe(440);
        ((int)(await _simulation.SessionAsync(Anna))["replaced"]!["live"]!).ShouldBe(1);

        await _simulation.PostedAsync($"/phones/{Anna}/unlink", new { device = 1 });
        ((int)(await second.WaitAsync("close"))["code"]!).ShouldBe(401);
        (await _simulation.DevicesAsync(Anna)).ShouldBe(0);

        await second.SendAsync(new { cmd = "connect" });
        ((int)(await second.WaitAsync("close"))["code"]!).ShouldBe(
            401,
            "an unlinked device never logs in again"
        );
    }

    [Theory]
    [InlineData(BaileysClient.Release7)]
    [InlineData(BaileysClient.Release6)]
    public async Task Logs_itself_out(string library)
    {
        await using var client = await StartAsync(library, "a");
        await client.PairAsync(_simulation, Anna);
        await client.SendAsync(new { cmd = "logout" });

        ((int)(await client.WaitAsync("close"))["code"]!).ShouldBe(401);
        await Eventually.True(
            "the phone no longer lists the device",
            async () => await _simulation.DevicesAsync(Anna) == 0
        );
    }

    [Theory]
    [InlineData(BaileysClient.Release7, BaileysClient.Release7)]
    [InlineData(BaileysClient.Release7, BaileysClient.Release6)]
    public async Task Two_clients_text_each_other(string annas, string berts)
    {
        await using var anna = await StartAsync(annas, "a");
        await using var bert = await StartAsync(berts, "b");
        await Task.WhenAll(anna.PairAsync(_simulation, Anna), bert.PairAsync(_simulation, Bert));

        var there = await anna.TextAsync($"{Bert}@s.whatsapp.net", "How are you?");
        (await bert.WaitAsync("message", e => (string?)e["id"] == there))["text"]!
            .GetValue<string>()
            .ShouldBe("How are you?");
        var back = await bert.TextAsync($"{Anna}@s.whatsapp.net", "Fine, and you?");
        (await anna.WaitAsync("message", e => (string?)e["id"] == back))["text"]!
            .GetValue<string>()
            .ShouldBe("Fine, and you?");

        await Eventually.True(
            "both have confirmed all that was delivered",
            async () =>
                (int)(await _simulation.SessionAsync(Anna))["waiting"]! == 0
                && (int)(await _simulation.SessionAsync(Bert))["waiting"]! == 0
        );
        ((int)(await _simulation.SessionAsync(Bert))["retries"]!).ShouldBe(0);
    }

    [Fact]
    public async Task A_text_waits_for_a_client_that_is_away()
    {
        await using var anna = await StartAsync(BaileysClient.Release7, "a");
        // Not 6.7.24: it decrypts and confirms an offline text, but keeps it in its event buffer until the next live one.
        await using var bert = await StartAsync(BaileysClient.Release7, "b");
        await Task.WhenAll(anna.PairAsync(_simulation, Anna), bert.PairAsync(_simulation, Bert));
        await bert.SendAsync(new { cmd = "end" });
        await bert.WaitAsync("close");
        await Eventually.True(
            "Bert is away",
            async () => !(bool)(await _simulation.SessionAsync(Bert))["connected"]!
        );

        var id = await anna.TextAsync($"{Bert}@s.whatsapp.net", "Read this later");
        await Eventually.True(
            "the text waits",
            async () => (int)(await _simulation.SessionAsync(Bert))["waiting"]! > 0
        );
        await bert.SendAsync(new { cmd = "connect" });

        (await bert.WaitAsync("message", e => (string?)e["id"] == id))["text"]!
            .GetValue<string>()
            .ShouldBe("Read this later");
        await Eventually.True(
            "it waits no longer",
            async () => (int)(await _simulation.SessionAsync(Bert))["waiting"]! == 0
        );
        (await _simulation.SessionAsync(Bert))["gaps"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_group_of_clients_reads_what_one_says()
    {
        await using var anna = await StartAsync(BaileysClient.Release7, "a");
        await using var bert = await StartAsync(BaileysClient.Release7, "b");
        await Task.WhenAll(anna.PairAsync(_simulation, Anna), bert.PairAsync(_simulation, Bert));

        await anna.SendAsync(
            new
            {
                cmd = "group",
                subject = "Garden",
                members = new[] { $"{Bert}@s.whatsapp.net" },
            }
        );
        var group = (string)
            (await anna.WaitAsync("done", e => (string?)e["cmd"] == "group"))["group"]!["id"]!;
        var id = await anna.TextAsync(group, "The roses are out");

        var message = await bert.WaitAsync("message", e => (string?)e["id"] == id);
        message["text"]!.GetValue<string>().ShouldBe("The roses are out");
        message["chat"]!.GetValue<string>().ShouldBe(group);
    }

    [Theory]
    [InlineData(BaileysClient.Release7)]
    [InlineData(BaileysClient.Release6)]
    public async Task Pairs_over_wss_with_a_certificate_of_our_own_CA(string library)
    {
        var files = TestCertificates.Write(_folder.FullName);
        await using var tls = await Simulation.StartAsync(
            Options with
            {
                TlsCert = files.Certificate,
                TlsKey = files.Key,
            }
        );
        tls.Host.Url.Scheme.ShouldBe("wss");
        await using var client = await BaileysClient.StartAsync(
            library,
            tls.Host.Url,
            Path.Combine(_folder.FullName, "a"),
            files.Authority
        );
        await client.PairAsync(tls, Anna);

        ((bool)(await tls.SessionAsync(Anna))["connected"]!).ShouldBeTrue();
    }

    private Task<BaileysClient> StartAsync(string library, string name) =>
        BaileysClient.StartAsync(
            library,
            _simulation.Host.Url,
            Path.Combine(_folder.FullName, name)
        );
}
