using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WaOperator.Testing;

/// <summary>A certificate authority of a test.</summary>
public sealed class Pki : IDisposable
{
    private readonly X509Certificate2 _authority;

    /// <summary>Makes an authority.</summary>
    public Pki()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(
                X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature,
                true
            )
        );
        request.CertificateExtensions.Add(
            new X509SubjectKeyIdentifierExtension(request.PublicKey, false)
        );
        _authority = request.CreateSelfSigned(Start, Start.AddYears(10));
    }

    private static DateTimeOffset Start => TimeProvider.System.GetUtcNow().AddHours(-1);

    /// <summary>The authority's certificate.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    /// <summary>A certificate for a server on this machine.</summary>
    /// <returns>Certificate and key.</returns>
    public (string Certificate, string Key) Server(params string[] names)
    {
        var san = new SubjectAlternativeNameBuilder();
        san.AddIpAddress(IPAddress.Loopback);
        foreach (var name in names)
            san.AddDnsName(name);
        return Issue(
            $"CN={names.FirstOrDefault() ?? "localhost"}",
            "1.3.6.1.5.5.7.3.1",
            san.Build()
        );
    }

    /// <summary>A certificate that says who someone is, with the group as organisation.</summary>
    /// <returns>Certificate and key.</returns>
    public (string Certificate, string Key) Client(string user, string group) =>
        Issue($"O={group}, CN={user}", "1.3.6.1.5.5.7.3.2", null);

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    private (string Certificate, string Key) Issue(
        string subject,
        string usage,
        X509Extension? extension
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(usage)], false)
        );
        if (extension is not null)
            request.CertificateExtensions.Add(extension);
        using var certificate = request.Create(
            _authority,
            Start.AddMinutes(1),
            Start.AddYears(5),
            RandomNumberGenerator.GetBytes(16)
        );
        return (certificate.ExportCertificatePem(), key.ExportECPrivateKeyPem());
    }
}
