using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;
using Details = WaOperator.WhatsApp.Proto.CertChain.Types.NoiseCertificate.Types.Details;

namespace WaOperator.WhatsApp.Server;

/// <summary>Certificates for a server under a root of its own; the private key of WhatsApp's root is WhatsApp's.</summary>
internal static class CertificateIssuer
{
    /// <summary>Issues a chain of intermediate and leaf.</summary>
    /// <param name="root">The root's key pair; its public key is what clients are told to trust.</param>
    /// <param name="serverKey">The server's static public key.</param>
    /// <param name="notBefore">From when both certificates are valid.</param>
    /// <param name="notAfter">Until when.</param>
    public static byte[] Issue(
        KeyPair root,
        ReadOnlySpan<byte> serverKey,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter
    )
    {
        using var intermediate = KeyPair.Generate();
        return new CertChain
        {
            Intermediate = Sign(
                root,
                1,
                CertificateChain.RootSerial,
                intermediate.Public,
                notBefore,
                notAfter
            ),
            Leaf = Sign(intermediate, 2, 1, serverKey, notBefore, notAfter),
        }.ToByteArray();
    }

    internal static CertChain.Types.NoiseCertificate Sign(
        KeyPair issuer,
        uint serial,
        uint issuerSerial,
        ReadOnlySpan<byte> key,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter
    )
    {
        var details = new Details
        {
            Serial = serial,
            IssuerSerial = issuerSerial,
            Key = ByteString.CopyFrom(key),
            NotBefore = (ulong)notBefore.ToUnixTimeSeconds(),
            NotAfter = (ulong)notAfter.ToUnixTimeSeconds(),
        }.ToByteString();
        return new()
        {
            Details = details,
            Signature = ByteString.CopyFrom(XEdDsa.Sign(issuer.Private, details.Span)),
        };
    }
}
