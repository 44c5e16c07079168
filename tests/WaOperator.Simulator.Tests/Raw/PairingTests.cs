using System.Net;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Noise;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>What the server and its phones accept as a new device, and what they refuse.</summary>
public sealed class PairingTests : IAsyncLifetime
{
    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_device_pairs_and_logs_in_and_the_phone_lists_it()
    {
        var device = new RawDevice();
        await device.PairAsync(_simulation);
        await using var client = await device.LoginAsync(_simulation);

        CertificateChain.Verify(
            client.Certificates,
            client.ServerKey,
            _simulation.Host.Server.RootPublic,
            TimeProvider.System.GetUtcNow()
        );
        (await _simulation.DevicesAsync(RawDevice.Number)).ShouldBe(1);
    }

    [Fact]
    public async Task A_wrong_device_signature_links_nothing()
    {
        var device = new RawDevice();
        var (client, reference) = await device.RegisterAsync(_simulation.Host.Url);
        await using var _ = client;
        var scan = _simulation.PostAsync(
            $"/phones/{RawDevice.Number}/scan",
            new { qr = device.Qr(reference) }
        );
        var success = await client.WaitAsync("iq", n => n.Child("pair-success") is not null);
        await client.SendAsync(device.Sign(success, signature => signature[3] ^= 1));

        using var answer = await scan;
        answer.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await client.IsEndedAsync()).ShouldBeTrue();
        (await _simulation.DevicesAsync(RawDevice.Number)).ShouldBe(0);
        (await _simulation.EventsAsync("protocolError")).Single()["detail"]!
            .ToString()
            .ShouldContain("device signature");
    }

    [Fact]
    public async Task A_registration_whose_prekey_its_identity_did_not_sign_is_refused()
    {
        var device = new RawDevice();
        var payload = device.Registration();
        payload.DevicePairingData.ESkeySig = Google.Protobuf.ByteString.CopyFrom(
            XEdDsa.Sign(KeyPair.Generate().Private, [5, .. device.SignedPreKey.Public])
        );
        await using var client = await RawClient.ConnectAsync(
            _simulation.Host.Url,
            device,
            payload
        );

        (await client.IsEndedAsync()).ShouldBeTrue();
        (await _simulation.EventsAsync("protocolError")).Single()["detail"]!
            .ToString()
            .ShouldContain("not signed by its identity");
    }

    [Fact]
    public async Task A_code_of_another_device_is_refused()
    {
        var device = new RawDevice();
        var (client, reference) = await device.RegisterAsync(_simulation.Host.Url);
        await using var _ = client;
        using var answer = await _simulation.PostAsync(
            $"/phones/{RawDevice.Number}/scan",
            new { qr = new RawDevice().Qr(reference) }
        );

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await _simulation.DevicesAsync(RawDevice.Number)).ShouldBe(0);
    }

    [Theory]
    [InlineData("nonsense", HttpStatusCode.BadRequest)]
    [InlineData(
        "2@unknown,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        HttpStatusCode.Gone
    )]
    public async Task A_code_that_leads_nowhere_is_refused(string qr, HttpStatusCode status)
    {
        using var answer = await _simulation.PostAsync(
            $"/phones/{RawDevice.Number}/scan",
            new { qr }
        );
        answer.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task A_phone_links_no_more_devices_than_it_may()
    {
        using (await _simulation.PutAsync($"/phones/{RawDevice.Number}", new { maxDevices = 1 }))
        { }
        await new RawDevice().PairAsync(_simulation);
        var device = new RawDevice();
        var (client, reference) = await device.RegisterAsync(_simulation.Host.Url);
        await using var _ = client;
        using var answer = await _simulation.PostAsync(
            $"/phones/{RawDevice.Number}/scan",
            new { qr = device.Qr(reference) }
        );

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await _simulation.DevicesAsync(RawDevice.Number)).ShouldBe(1);
    }

    [Fact]
    public async Task An_unlinked_number_is_given_to_a_new_device_only_after_the_others()
    {
        var first = new RawDevice();
        await first.PairAsync(_simulation);
        await _simulation.PostedAsync($"/phones/{RawDevice.Number}/unlink", new { });
        var second = new RawDevice();
        await second.PairAsync(_simulation);

        first.Jid.Device.ShouldBe((ushort)1);
        second.Jid.Device.ShouldBe((ushort)2);
    }
}
