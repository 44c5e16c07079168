using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WaOperator.Simulator.Tests;

/// <summary>A certificate authority of a test, and a certificate for the loopback, as PEM files.</summary>
internal static class TestCertificates
{
    public static (string Authority, string Certificate, string Key) Write(string folder)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest(
            "CN=Test authority",
            authorityKey,
            HashAlgorithmName.SHA256
        );
        authority.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(true, false, 0, true)
        );
        using var root = authority.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=simulator", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        // Names that no DNS has (RFC 6761): they are reached through a proxy alone.
        names.AddDnsName("chat.invalid");
        names.AddDnsName("media.invalid");
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.Create(root, now.AddHours(-1), now.AddHours(12), [1, 2, 3, 4]);

        var files = (
            Path.Combine(folder, "ca.crt"),
            Path.Combine(folder, "tls.crt"),
            Path.Combine(folder, "tls.key")
        );
        File.WriteAllText(files.Item1, root.ExportCertificatePem());
        File.WriteAllText(files.Item2, leaf.ExportCertificatePem());
        File.WriteAllText(files.Item3, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
