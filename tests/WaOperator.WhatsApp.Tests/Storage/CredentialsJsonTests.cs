using System.Text;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Storage;

public sealed class CredentialsJsonTests
{
    [Fact]
    public void All_fields_survive()
    {
        var identity = KeyPair.Generate();
        var written = DeviceCredentials.Create() with
        {
            SignedPreKeyAt = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
            NextSignedPreKey = SignedPreKey.Create(identity, 3),
            FormerSignedPreKey = SignedPreKey.Create(identity, 1),
            NextPreKeyId = 813,
            FirstUnuploadedPreKeyId = 5,
            Account = new([1, 2], new byte[32], new byte[64], [9]),
            Me = new("4915112345678", "s.whatsapp.net", 7),
            Lid = new("99", "lid", 7),
            PushName = "Zoë",
            Platform = "iphone",
            RoutingInfo = [8, 2],
            LastPropHash = "h",
            AppStateKeyId = "AAAA",
        };
        var json = CredentialsJson.Write(written);
        var read = CredentialsJson.Read(json);
        CredentialsJson.Write(read).ShouldBe(json);
        read.IsPaired.ShouldBeTrue();
        read.Me.ShouldBe(written.Me);
        read.Account!.DeviceSignature.ShouldBe([9]);
        read.SignedPreKey.Key.Private.ShouldBe(written.SignedPreKey.Key.Private);
        read.SignedPreKeyAt.ShouldBe(written.SignedPreKeyAt);
        read.NextSignedPreKey!.Id.ShouldBe(3U);
        read.FormerSignedPreKey!.Signature.ShouldBe(written.FormerSignedPreKey!.Signature);
        read.RegistrationId.ShouldBe(written.RegistrationId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"version\":2}")]
    public void Damage_is_told(string json) =>
        Should.Throw<InvalidDataException>(() =>
            CredentialsJson.Read(Encoding.UTF8.GetBytes(json))
        );

    [Fact]
    public void Secrets_are_not_shown()
    {
        var credentials = DeviceCredentials.Create() with
        {
            Me = new("4915112345678", "s.whatsapp.net", 7),
        };
        credentials.ToString().ShouldBe("device of 491********78");
        new QrCode("code", "fields", TimeSpan.Zero, 1, 6).ToString().ShouldBe("QrCode 1/6");
    }
}
