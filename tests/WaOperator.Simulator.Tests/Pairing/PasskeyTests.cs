using System.Net;
using System.Text.Json.Nodes;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.Pairing;

/// <summary>Accounts that let a device be linked only with their passkey, against a server and a phone that check each step.</summary>
public sealed class PasskeyTests : IAsyncLifetime
{
    private const string Number = "491511111111";

    private readonly MemoryStore _store = new();
    private Simulation _simulation = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        using var put = await _simulation.PutAsync($"phones/{Number}", new { passkey = true });
        put.EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_scanned_device_is_linked_by_the_accounts_passkey()
    {
        byte[] shown;
        await using (var connection = Connect())
        {
            var scan = ScanAsync(await connection.WaitAsync<QrCode>());
            var request = await connection.WaitAsync<PasskeyRequest>();
            shown = _store.Credentials!.AdvSecret;
            request.ValidFor.ShouldBe(TimeSpan.FromMinutes(10));
            request.ToString().ShouldNotContain("challenge");
            await connection.Client.AnswerPasskeyAsync(await SignAsync(request), default);
            (await connection.WaitAsync<PairSuccess>()).Phone.ShouldBe(Number);
            (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
            (await scan).ShouldBe(HttpStatusCode.OK);
        }
        _store.Credentials!.AdvSecret.ShouldBe(shown, "one that no code carried");
        await using var again = Connect();
        await again.WaitAsync<Connected>();
        (await _simulation.DevicesAsync(Number)).ShouldBe(1);
        foreach (var kind in new[] { "protocolError", "refusedQuery", "refusedPasskey" })
            (await _simulation.EventsAsync(kind)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_secret_that_a_code_carried_is_good_for_nothing_more()
    {
        await using var connection = Connect();
        var code = await connection.WaitAsync<QrCode>();
        var carried = Convert.FromBase64String(code.Fields.Split(',')[3]);
        _ = ScanAsync(code);
        await connection.WaitAsync<PasskeyRequest>();
        _store.Credentials!.AdvSecret.ShouldNotBe(carried);
    }

    [Fact]
    public async Task With_the_strict_setting_a_person_compares_the_code_of_both_screens()
    {
        await using var connection = Connect(compares: true);
        var scan = ScanAsync(await connection.WaitAsync<QrCode>());
        var request = await connection.WaitAsync<PasskeyRequest>();
        await connection.Client.AnswerPasskeyAsync(await SignAsync(request), default);
        var code = await connection.WaitAsync<PasskeyCode>();
        code.ToString().ShouldNotContain(code.Code);
        (await PasskeyAsync())["code"]!.GetValue<string>().ShouldBe(code.Code);

        using (var other = await ConfirmAsync("11111111"))
            other.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await connection.Client.ConfirmPasskeyCodeAsync(default);
        (await _simulation.DevicesAsync(Number)).ShouldBe(0, "the phone's side has not compared");
        using (var same = await ConfirmAsync($"{code.Code[..4]}-{code.Code[4..]}"))
            same.StatusCode.ShouldBe(HttpStatusCode.OK);
        await connection.WaitAsync<PairSuccess>();
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
        (await scan).ShouldBe(HttpStatusCode.OK);
        (await _simulation.DevicesAsync(Number)).ShouldBe(1);
    }

    [Fact]
    public async Task A_code_that_is_typed_leads_to_the_passkey_as_well()
    {
        await using var connection = Connect(
            new DeviceOptions
            {
                FirstPreKeys = 40,
                ExpectedPhone = Number,
                Pairing = PairingMethod.Code,
            }
        );
        var code = await connection.WaitAsync<PhoneCode>();
        var entered = PostAsync("enter-code", new { code = code.Code });
        var request = await connection.WaitAsync<PasskeyRequest>();
        await connection.Client.AnswerPasskeyAsync(await SignAsync(request), default);
        await connection.WaitAsync<PairSuccess>();
        (await connection.EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
        (await entered).ShouldBe(HttpStatusCode.OK);
        (await _simulation.EventsAsync("protocolError")).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_assertion_that_answers_something_else_may_be_tried_again()
    {
        await using var connection = Connect();
        _ = ScanAsync(await connection.WaitAsync<QrCode>());
        await Should.ThrowAsync<InvalidOperationException>(() =>
            connection.Client.ConfirmPasskeyCodeAsync(default)
        );
        var request = await connection.WaitAsync<PasskeyRequest>();
        var old = await SignAsync(request, """{"challenge":"AAAA"}""");
        (
            await Should.ThrowAsync<FormatException>(() =>
                connection.Client.AnswerPasskeyAsync(old, default)
            )
        ).Message.ShouldContain("another challenge");
        foreach (var broken in new[] { "", "{}", "[]", "null", """{"rawId":"AA"}""" })
            await Should.ThrowAsync<FormatException>(() =>
                connection.Client.AnswerPasskeyAsync(broken, default)
            );
        var assertion = await SignAsync(request);
        await connection.Client.AnswerPasskeyAsync(assertion, default);
        await Should.ThrowAsync<InvalidOperationException>(() =>
            connection.Client.AnswerPasskeyAsync(assertion, default)
        );
        await connection.WaitAsync<PairSuccess>();
    }

    [Fact]
    public async Task An_assertion_of_another_page_ends_the_pairing()
    {
        await using var connection = Connect();
        _ = ScanAsync(await connection.WaitAsync<QrCode>());
        var request = await connection.WaitAsync<PasskeyRequest>();
        var forged = await SignAsync(request, origin: "https://example.org");
        await Should.ThrowAsync<QueryRefusedException>(() =>
            connection.Client.AnswerPasskeyAsync(forged, default)
        );
        var end = await connection.EndedAsync();
        end.Kind.ShouldBe(DisconnectKind.PairingRejected);
        end.Message.ShouldContain("Pair again");
        (await _simulation.DevicesAsync(Number)).ShouldBe(0);
        (await _simulation.EventsAsync("refusedPasskey")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_device_that_leaves_in_between_begins_from_the_start()
    {
        Task<HttpStatusCode> scan;
        await using (var connection = Connect())
        {
            scan = ScanAsync(await connection.WaitAsync<QrCode>());
            await connection.WaitAsync<PasskeyRequest>();
        }
        (await scan).ShouldBe(HttpStatusCode.GatewayTimeout);
        await using var again = Connect();
        _ = ScanAsync(await again.WaitAsync<QrCode>());
        var request = await again.WaitAsync<PasskeyRequest>();
        await again.Client.AnswerPasskeyAsync(await SignAsync(request), default);
        await again.WaitAsync<PairSuccess>();
    }

    private OwnConnection Connect(bool compares = false) =>
        Connect(new DeviceOptions { FirstPreKeys = 40, ComparesPasskeyCode = compares });

    private OwnConnection Connect(DeviceOptions device) =>
        new(
            new() { Url = _simulation.Host.Url, RootKey = _simulation.Host.Server.RootPublic },
            _store,
            device
        );

    private Task<HttpStatusCode> ScanAsync(QrCode code) =>
        PostAsync("scan", new { qr = code.Code });

    private async Task<HttpStatusCode> PostAsync(string what, object body)
    {
        using var answer = await _simulation.PostAsync($"phones/{Number}/{what}", body);
        return answer.StatusCode;
    }

    private Task<HttpResponseMessage> ConfirmAsync(string code) =>
        _simulation.PostAsync($"phones/{Number}/passkey/confirm", new { code });

    private Task<JsonNode> PasskeyAsync() => _simulation.GetAsync($"phones/{Number}/passkey");

    private async Task<string> SignAsync(
        PasskeyRequest request,
        string? options = null,
        string? origin = null
    )
    {
        using var answer = await _simulation.PostAsync(
            $"phones/{Number}/passkey/sign",
            new { options = options ?? request.Options, origin }
        );
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }
}
