using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;
using Details = WaOperator.WhatsApp.Proto.CertChain.Types.NoiseCertificate.Types.Details;

namespace WaOperator.WhatsApp.Noise;

/// <summary>
/// The chain by which a server proves its static key: the root signs the intermediate, the intermediate signs the
/// leaf, and the leaf holds the key.
/// </summary>
internal static class CertificateChain
{
    /// <summary>The serial of the root, which the intermediate must name as its issuer.</summary>
    internal const uint RootSerial = 0;

    /// <summary>Checks the whole chain: both signatures, the issuers' serials, the server's key and the dates.</summary>
    /// <param name="chain">The serialised CertChain, as the ServerHello carried it.</param>
    /// <param name="serverKey">The static key that the server used in the handshake.</param>
    /// <param name="rootKey">The public key that is trusted; see <see cref="NoiseProtocol.RootKey"/>.</param>
    /// <param name="now">The time at which the certificates must be valid. A date that is absent or 0 is not checked.</param>
    /// <exception cref="CertificateRejectedException">Says which check failed.</exception>
    public static void Verify(
        ReadOnlySpan<byte> chain,
        ReadOnlySpan<byte> serverKey,
        ReadOnlySpan<byte> rootKey,
        DateTimeOffset now
    )
    {
        try
        {
            var parsed = CertChain.Parser.ParseFrom(chain);
            var intermediate = Check(parsed.Intermediate, rootKey, RootSerial, now, "intermediate");
            var leaf = Check(parsed.Leaf, intermediate.Key.Span, intermediate.Serial, now, "leaf");
            if (!CryptographicOperations.FixedTimeEquals(leaf.Key.Span, serverKey))
                throw new CertificateRejectedException(
                    "The server's leaf certificate is for another key than the server uses."
                );
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new CertificateRejectedException(
                $"The server's certificate chain is malformed: {e.Message}"
            );
        }
    }

    private static Details Check(
        CertChain.Types.NoiseCertificate? certificate,
        ReadOnlySpan<byte> issuerKey,
        uint issuerSerial,
        DateTimeOffset now,
        string name
    )
    {
        if (certificate is not { HasDetails: true, HasSignature: true })
            throw new CertificateRejectedException($"The server sent no {name} certificate.");
        if (!XEdDsa.Verify(issuerKey, certificate.Details.Span, certificate.Signature.Span))
            throw new CertificateRejectedException(
                $"The server's {name} certificate is not signed by its issuer: not the trusted root?"
            );
        var details = Details.Parser.ParseFrom(certificate.Details);
        if (details.IssuerSerial != issuerSerial)
        {
            throw new CertificateRejectedException(
                $"The server's {name} certificate names issuer {details.IssuerSerial} instead of {issuerSerial}."
            );
        }
        if (details.Key.Length != Curve25519.KeySize)
            throw new CertificateRejectedException(
                $"The server's {name} certificate holds no key of {Curve25519.KeySize} bytes."
            );
        var seconds = now.ToUnixTimeSeconds();
        if (details.NotBefore != 0 && (seconds < 0 || (ulong)seconds < details.NotBefore))
            throw new CertificateRejectedException(
                $"The server's {name} certificate is not valid yet (clock wrong?)."
            );
        if (details.NotAfter != 0 && seconds > 0 && (ulong)seconds > details.NotAfter)
            throw new CertificateRejectedException(
                $"The server's {name} certificate has expired (clock wrong?)."
            );
        return details;
    }
}
