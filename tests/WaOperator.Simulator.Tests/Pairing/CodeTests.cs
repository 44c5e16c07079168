using System.Net;
using WaOperator.Simulator.Tests.Baileys;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.Pairing;

/// <summary>
/// Linking by a code that is typed into the phone. Baileys vouches for the simulator's side, and the simulator's side
/// for ours.
/// </summary>
public sealed class CodeTests : IAsyncLifetime
{
    private const string Number = "491511111111";
    private const string Other = "491522222222";

    private readonly MemoryStore _store = new();
    private Simulation _simulation = null!;

    public async Task InitializeAsync() =>
        _simulation = await Simulation.StartAsync(
            Simulation.Options with
            {
                FirstStanzaAfter = TimeSpan.FromMilliseconds(300),
            }
        );

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Theory]
    [InlineData(BaileysClient.Release7)]
    [InlineData(BaileysClient.Release6)]
    public async Task Baileys_is_linked_by_its_code(string library)
    {
        var folder = Directory.CreateTempSubdirectory("baileys-code-");
        await using (
            var client = await BaileysClient.StartAsync(
                library,
                _simulation.Host.Url,
                Path.Combine(folder.FullName, "a")
            )
        )
        {
            await client.SendAsync(new { cmd = "connect" });
            await client.WaitAsync("qr");
            await client.SendAsync(new { cmd = "pair-code", number = Number });
            var done = await client.WaitAsync("done", e => (string?)e["cmd"] == "pair-code");
            await EnterAsync((string)done["code"]!);
            (await client.WaitAsync("paired"))["me"]!["id"]!
                .GetValue<string>()
                .ShouldStartWith(Number);
            ((int)(await client.WaitAsync("close"))["code"]!).ShouldBe(515);
            await client.WaitAsync("open");
        }
        folder.Delete(recursive: true);
        (await _simulation.DevicesAsync(Number)).ShouldBe(1);
    }

    [Fact]
    public async Task Our_own_client_is_linked_by_its_code()
    {
        var secret = Array.Empty<byte>();
        await using (var connection = Connect(Number))
        {
            var code = await connection.WaitAsync<PhoneCode>();
            code.Code.Length.ShouldBe(8);
            code.ToString().ShouldNotContain(code.Code);
            secret = _store.Credentials!.AdvSecret;
            await EnterAsync($"{code.Code[..4]}-{code.Code[4..].ToLowerInvariant()}");
            (await connection.WaitAsync<PairSuccess>()).Phone.ShouldBe(Number);
            (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
        }
        _store.Credentials!.AdvSecret.ShouldNotBe(secret, "both sides derived a new one");
        await using var again = Connect(Number);
        await again.WaitAsync<Connected>();
        foreach (var kind in new[] { "protocolError", "refusedQuery" })
            (await _simulation.EventsAsync(kind)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_code_links_nothing_and_the_right_one_still_does()
    {
        await using var connection = Connect(Number);
        var code = (await connection.WaitAsync<PhoneCode>()).Code;
        var wrong = code[0] == 'A' ? 'B' + code[1..] : 'A' + code[1..];
        using (var refused = await PostAsync(Number, wrong))
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await _simulation.DevicesAsync(Number)).ShouldBe(0);
        using (var missing = await PostAsync(Other, code))
            missing.StatusCode.ShouldBe(HttpStatusCode.Gone, "no device waits for that phone");
        await EnterAsync(code);
        await connection.WaitAsync<PairSuccess>();
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
    }

    [Fact]
    public async Task After_three_wrong_codes_the_device_answers_no_more()
    {
        await using var connection = Connect(Number);
        var code = (await connection.WaitAsync<PhoneCode>()).Code;
        var wrong = code[0] == 'A' ? 'B' + code[1..] : 'A' + code[1..];
        for (var i = 0; i < 3; i++)
        {
            using var refused = await PostAsync(Number, wrong);
            refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }
        using var late = await PostAsync(Number, code);
        late.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        connection.End.IsCompleted.ShouldBeFalse();
        (await _simulation.DevicesAsync(Number)).ShouldBe(0);
    }

    [Fact]
    public async Task A_code_that_no_one_types_expires()
    {
        var options = Options with { PairingCodeValidity = TimeSpan.FromSeconds(1) };
        await using var connection = new OwnConnection(options, _store, Device(Number));
        await connection.WaitAsync<PhoneCode>();
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.PairingExpired);
    }

    [Fact]
    public void A_code_needs_the_phones_number() =>
        Should.Throw<ArgumentException>(() =>
            new DeviceOptions { Pairing = PairingMethod.Code }.Validate()
        );

    private WhatsAppOptions Options =>
        new() { Url = _simulation.Host.Url, RootKey = _simulation.Host.Server.RootPublic };

    private static DeviceOptions Device(string number) =>
        new()
        {
            FirstPreKeys = 10,
            Pairing = PairingMethod.Code,
            ExpectedPhone = number,
        };

    private OwnConnection Connect(string number) => new(Options, _store, Device(number));

    private Task EnterAsync(string code) =>
        _simulation.PostedAsync($"/phones/{Number}/enter-code", new { code });

    private Task<HttpResponseMessage> PostAsync(string number, string code) =>
        _simulation.PostAsync($"/phones/{number}/enter-code", new { code });
}
