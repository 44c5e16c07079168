using WaOperator.Testing;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class PairingTests
{
    private const string Number = "4915112345678";

    [Theory]
    [InlineData(nameof(ADVEncryptionType.E2Ee))]
    [InlineData(nameof(ADVEncryptionType.Hosted))]
    public async Task A_scanned_device_is_stored_before_it_signs_and_then_logs_in(string encryption)
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        var type = Enum.Parse<ADVEncryptionType>(encryption);
        var phone = new FakePhone(Number) { Type = type };
        rig.Start();

        var qr = await rig.EventAsync<QrCode>();
        qr.Code.ShouldBe("https://wa.me/settings/linked_devices#" + qr.Fields);
        (qr.Number, qr.Of, qr.ValidFor).ShouldBe((1, 6, TimeSpan.FromSeconds(60)));
        var stored = rig.Store.Credentials.ShouldNotBeNull();
        qr.Fields.ShouldBe(
            string.Join(
                ',',
                "2@ref1",
                Convert.ToBase64String(stored.NoiseKey.Public),
                Convert.ToBase64String(stored.IdentityKey.Public),
                Convert.ToBase64String(stored.AdvSecret),
                "1"
            )
        );
        rig.Link.ClientKey.ShouldBe(stored.NoiseKey.Public);
        CheckRegistration(rig.Link.Payload, stored.IdentityKey);

        // The store waits: the device must not sign before it has answered.
        var durable = new TaskCompletionSource();
        rig.Store.BeforeWrite = () => durable.Task;
        await rig.Link.SendAsync(phone.Scan(qr));
        await rig.Link.SendAsync(Ping("after-scan"));
        rig.Link.Acts.ShouldNotContain(node => node.Child("pair-device-sign") != null);
        rig.Store.Credentials!.IsPaired.ShouldBeFalse();
        durable.SetResult();

        var sign = await rig.ReceivedAsync(
            "pair-device-sign",
            node => node.Child("pair-device-sign") != null
        );
        FakePhone.Accepts(sign, stored.IdentityKey.Public, phone.Identity).ShouldBeTrue();
        rig.Store.Credentials!.IsPaired.ShouldBeTrue();
        var paired = await rig.EventAsync<PairSuccess>();
        (paired.Phone, paired.Platform, paired.BusinessName).ShouldBe((Number, "android", "Shop"));
        paired.Lid.ShouldNotBeNull().ToString().ShouldBe("99999:3@lid");
        await rig.Link.SendAsync(new("stream:error") { ["code"] = "515" });
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);

        rig.Server.Greet = Greetings.LoginAsync;
        await rig.StartConnectedAsync();
        rig.Link.ClientKey.ShouldBe(stored.NoiseKey.Public);
        (rig.Link.Payload.Username, rig.Link.Payload.Device, rig.Link.Payload.Passive).ShouldBe(
            (4915112345678UL, 3U, true)
        );
    }

    [Fact]
    public async Task A_round_has_six_codes_and_then_expires()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        for (var i = 1; i <= 6; i++)
        {
            var qr = await rig.EventAsync<QrCode>(code => code.Number == i);
            qr.ValidFor.ShouldBe(TimeSpan.FromSeconds(i == 1 ? 60 : 20));
            rig.Time.Advance(qr.ValidFor - TimeSpan.FromMilliseconds(300));
            rig.Events.OfType<QrCode>().Count().ShouldBe(i);
            await AdvanceUntilAsync(rig, i);
        }
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.PairingExpired);
        rig.Events.OfType<QrCode>().Select(code => code.Fields).Distinct().Count().ShouldBe(6);
        rig.Store.Credentials!.IsPaired.ShouldBeFalse();
    }

    [Fact]
    public async Task Another_phone_than_the_expected_is_refused_and_nothing_is_linked()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Device = rig.Device with { ExpectedPhone = "4915199999999" };
        rig.Start();
        var qr = await rig.EventAsync<QrCode>();
        var before = rig.Store.Credentials!;
        await rig.Link.SendAsync(new FakePhone(Number).Scan(qr));

        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.PhoneMismatch);
        end.Message.ShouldContain("491********78");
        end.Message.ShouldNotContain(Number);
        var refusal = rig.Link.Acts.Single(node => node["id"] == "scan-1");
        refusal["type"].ShouldBe("error");
        rig.Link.Acts.ShouldNotContain(node => node.Child("pair-device-sign") != null);
        rig.Events.ShouldNotContain(raised => raised is PairSuccess);
        rig.Store.Credentials!.IsPaired.ShouldBeFalse();
        rig.Store.Credentials!.AdvSecret.ShouldNotBe(before.AdvSecret);
        await Eventually.True("the client's close to arrive", () => rig.Link.ClientClosed);
    }

    [Fact]
    public async Task The_expected_phone_is_accepted_with_the_country_s_other_spelling()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Device = rig.Device with { ExpectedPhone = "5511987654321" };
        rig.Start();
        var qr = await rig.EventAsync<QrCode>();
        await rig.Link.SendAsync(new FakePhone("551187654321").Scan(qr));
        (await rig.EventAsync<PairSuccess>()).Phone.ShouldBe("551187654321");
    }

    [Theory]
    [InlineData("hmac", "hmac-mismatch")]
    [InlineData("signature", "signature-mismatch")]
    [InlineData("key", "signature-mismatch")]
    [InlineData("garbage", "not-acceptable")]
    public async Task A_word_of_the_phone_that_does_not_hold_is_refused(string what, string text)
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        var qr = await rig.EventAsync<QrCode>();
        var secret = Convert.FromBase64String(qr.Fields.Split(',')[3]);
        await rig.Link.SendAsync(
            new FakePhone(Number).Scan(qr, word => Damage.Apply(word, what, secret))
        );

        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.PairingRejected);
        var refusal = rig.Link.Acts.Single(node => node["id"] == "scan-1");
        refusal.Child("error")!["text"].ShouldBe(text);
        rig.Store.Credentials!.IsPaired.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_forgets_the_restart_is_left_all_the_same()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = Greetings.OfferAsync;
        rig.Start();
        var qr = await rig.EventAsync<QrCode>();
        await rig.Link.SendAsync(new FakePhone(Number).Scan(qr));
        await rig.ReceivedAsync("pair-device-sign", node => node.Child("pair-device-sign") != null);
        await Eventually.True(
            "the client to leave by itself",
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(1));
                return rig.HasEnded;
            }
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
    }

    private static void CheckRegistration(ClientPayload payload, KeyPair identity)
    {
        var data = payload.DevicePairingData;
        (data.ERegid.Length, data.EKeytype[0], data.ESkeyId.Length).ShouldBe((4, (byte)5, 3));
        data.EIdent.ToByteArray().ShouldBe(identity.Public);
        XEdDsa
            .Verify(identity.Public, [5, .. data.ESkeyVal.Span], data.ESkeySig.Span)
            .ShouldBeTrue();
        DeviceProps.Parser.ParseFrom(data.DeviceProps).Os.ShouldBe("WaOperator");
    }

    private static WhatsApp.Binary.BinaryNode Ping(string id) =>
        new("iq")
        {
            ["from"] = Greetings.Server,
            ["type"] = "get",
            ["id"] = id,
            ["xmlns"] = "urn:xmpp:ping",
        };

    private static Task AdvanceUntilAsync(Rig rig, int number) =>
        Eventually.True(
            $"the end of code {number}",
            () =>
            {
                rig.Time.Advance(TimeSpan.FromMilliseconds(100));
                return rig.HasEnded
                    || rig.Events.OfType<QrCode>().Any(code => code.Number > number);
            }
        );
}
