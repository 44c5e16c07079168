using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;

namespace WaOperator.WhatsApp.Tests.Noise;

public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly KeyPair _root = KeyPair.Generate();
    private readonly KeyPair _intermediate = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly KeyPair _other = KeyPair.Generate();

    [Fact]
    public void A_chain_that_holds_is_accepted() => Verify(Chain());

    [Fact]
    public void A_chain_without_dates_is_accepted() =>
        Verify(Chain(notBefore: DateTimeOffset.UnixEpoch, notAfter: DateTimeOffset.UnixEpoch));

    [Fact]
    public void The_root_is_the_known_one_by_default()
    {
        new WhatsAppOptions().RootKey.ShouldBe(NoiseProtocol.RootKey.ToArray());
        Convert
            .ToHexStringLower(NoiseProtocol.RootKey)
            .ShouldBe("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b");
    }

    [Fact]
    public void Another_root_is_rejected()
    {
        var chain = Chain();
        chain.Intermediate = Signed(_other, 1, 0, _intermediate);
        Rejected(chain, "intermediate certificate is not signed");
    }

    [Fact]
    public void A_leaf_of_another_issuer_is_rejected()
    {
        var chain = Chain();
        chain.Leaf = Signed(_other, 2, 1, _server);
        Rejected(chain, "leaf certificate is not signed");
    }

    [Fact]
    public void An_intermediate_that_does_not_name_the_root_is_rejected()
    {
        var chain = Chain();
        chain.Intermediate = Signed(_root, 1, 5, _intermediate);
        Rejected(chain, "names issuer 5 instead of 0");
    }

    [Fact]
    public void A_leaf_that_does_not_name_the_intermediate_is_rejected()
    {
        var chain = Chain();
        chain.Leaf = Signed(_intermediate, 2, 9, _server);
        Rejected(chain, "names issuer 9 instead of 1");
    }

    [Fact]
    public void A_leaf_for_another_key_is_rejected()
    {
        var chain = Chain();
        chain.Leaf = Signed(_intermediate, 2, 1, _other);
        Rejected(chain, "another key");
    }

    [Fact]
    public void A_chain_out_of_its_dates_is_rejected()
    {
        Rejected(Chain(notBefore: Now.AddSeconds(1)), "not valid yet");
        Rejected(Chain(notAfter: Now.AddSeconds(-1)), "expired");
    }

    [Fact]
    public void A_chain_with_a_part_missing_is_rejected()
    {
        Rejected(new CertChain { Leaf = Chain().Leaf }, "no intermediate");
        Rejected(new CertChain { Intermediate = Chain().Intermediate }, "no leaf");
        Rejected(new CertChain(), "no intermediate");
    }

    [Fact]
    public void A_chain_with_a_key_of_the_wrong_length_is_rejected()
    {
        var chain = Chain();
        var details = new CertChain.Types.NoiseCertificate.Types.Details
        {
            Serial = 1,
            IssuerSerial = 0,
            Key = ByteString.CopyFrom(1, 2, 3),
        }.ToByteString();
        chain.Intermediate = new()
        {
            Details = details,
            Signature = ByteString.CopyFrom(XEdDsa.Sign(_root.Private, details.Span)),
        };
        Rejected(chain, "no key of 32 bytes");
    }

    [Fact]
    public void Any_changed_byte_is_rejected()
    {
        var bytes = Chain().ToByteArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            Should.Throw<CertificateRejectedException>(
                () => CertificateChain.Verify(changed, _server.Public, _root.Public, Now),
                $"byte {i}"
            );
        }
    }

    public void Dispose()
    {
        foreach (var pair in (KeyPair[])[_root, _intermediate, _server, _other])
            pair.Dispose();
    }

    private CertChain Chain(DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null) =>
        new()
        {
            Intermediate = Signed(_root, 1, 0, _intermediate, notBefore, notAfter),
            Leaf = Signed(_intermediate, 2, 1, _server, notBefore, notAfter),
        };

    private static CertChain.Types.NoiseCertificate Signed(
        KeyPair issuer,
        uint serial,
        uint issuerSerial,
        KeyPair key,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null
    ) =>
        CertificateIssuer.Sign(
            issuer,
            serial,
            issuerSerial,
            key.Public,
            notBefore ?? Now.AddDays(-1),
            notAfter ?? Now.AddDays(1)
        );

    private void Verify(CertChain chain) =>
        CertificateChain.Verify(chain.ToByteArray(), _server.Public, _root.Public, Now);

    private void Rejected(CertChain chain, string reason) =>
        Should
            .Throw<CertificateRejectedException>(() => Verify(chain))
            .Message.ShouldContain(reason);
}
