using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Webhooks;

/// <summary>What counts as the certificates of a webhook. Pure; what is said of them holds nothing of the Secrets but names and dates.</summary>
internal static class WebhookTlsValues
{
    /// <summary>The type of a Secret with a certificate and its key, as Kubernetes defines it.</summary>
    public const string SecretType = "kubernetes.io/tls";

    /// <summary>How long before its end a certificate is told of.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(14);

    private const string CertificateKey = "tls.crt";
    private const string PrivateKey = "tls.key";
    private const int MaxAuthorities = 16;
    private const int MaxBytes = 64 * 1024;

    /// <summary>The certificates that a webhook names.</summary>
    /// <param name="spec">Which; null for none.</param>
    /// <param name="read">The Secrets.</param>
    /// <param name="now">The time.</param>
    /// <param name="troubles">Where to say what is wrong.</param>
    /// <returns>The certificates, and which of them ends soon; null for none.</returns>
    public static (WebhookTls? Tls, string? Ends) Of(
        WebhookTlsSpec? spec,
        IReadOnlyDictionary<string, Secret?> read,
        DateTimeOffset now,
        ICollection<string> troubles
    )
    {
        if (spec is not { CaRef: not null } and not { ClientCertSecretRef: not null })
            return (null, null);
        var ends = new List<string>();
        var tls = new WebhookTls();
        if (spec.CaRef is { } authorities)
            if (Find(authorities.Name, read, troubles) is not { } secret)
                return (null, null);
            else if (
                Authorities(secret.Data?.GetValueOrDefault(authorities.Key), now, out var last) is
                { } wrong
            )
                troubles.Add($"Secret {authorities.Name}, {authorities.Key}: {wrong}");
            else
            {
                tls = tls with
                {
                    Authorities = Encoding.ASCII.GetString(secret.Data![authorities.Key]),
                };
                Tell($"the last authority in Secret {authorities.Name}", last);
            }
        if (spec.ClientCertSecretRef is { } client)
            if (Find(client.Name, read, troubles) is not { } secret)
                return (null, null);
            else if (secret.Type != SecretType)
                troubles.Add(
                    $"Secret {client.Name} is of type {secret.Type ?? "Opaque"}; one with a client certificate must be of type {SecretType}"
                );
            else if (
                Identity(
                    secret.Data?.GetValueOrDefault(CertificateKey),
                    secret.Data?.GetValueOrDefault(PrivateKey),
                    now,
                    out var end
                ) is
                { } wrong
            )
                troubles.Add($"Secret {client.Name}: {wrong}");
            else
            {
                tls = tls with
                {
                    Certificate = Encoding.ASCII.GetString(secret.Data![CertificateKey]),
                    // The Secret's own bytes are zeroed.
                    Key = [.. secret.Data[PrivateKey]],
                };
                Tell($"the client certificate in Secret {client.Name}", end);
            }
        return (tls, ends.Count > 0 ? string.Join("; ", ends) : null);

        void Tell(string what, DateTimeOffset end)
        {
            if (end - now < Ahead)
                ends.Add($"{what} expires on {Write(end)}; put the next one into it");
        }
    }

    /// <returns>What is wrong; null for nothing.</returns>
    private static string? Authorities(byte[]? pem, DateTimeOffset now, out DateTimeOffset last)
    {
        last = default;
        if (pem is not { Length: > 0 and <= MaxBytes })
            return $"it must hold certificates of authorities in PEM, at most {MaxBytes} bytes";
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(Encoding.ASCII.GetString(pem));
            if (found.Count is 0 or > MaxAuthorities)
                return $"it has {found.Count} certificates in PEM; there must be 1 to {MaxAuthorities}";
            last = found.Max(c => new DateTimeOffset(c.NotAfter.ToUniversalTime()));
            return last <= now ? $"the last of its authorities expired on {Write(last)}" : null;
        }
        catch (CryptographicException)
        {
            return "a certificate of it cannot be read";
        }
        finally
        {
            foreach (var certificate in found)
                certificate.Dispose();
        }
    }

    /// <returns>What is wrong; null for nothing.</returns>
    private static string? Identity(
        byte[]? certificate,
        byte[]? key,
        DateTimeOffset now,
        out DateTimeOffset end
    )
    {
        end = default;
        if (
            certificate is not { Length: > 0 and <= MaxBytes }
            || key is not { Length: > 0 and <= MaxBytes }
        )
            return $"it must hold {CertificateKey} and {PrivateKey} in PEM";
        var text = new char[Encoding.ASCII.GetCharCount(key)];
        try
        {
            Encoding.ASCII.GetChars(key, text);
            using var pair = X509Certificate2.CreateFromPem(
                Encoding.ASCII.GetString(certificate),
                text
            );
            end = new DateTimeOffset(pair.NotAfter.ToUniversalTime());
            return end <= now ? $"its certificate expired on {Write(end)}" : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return $"{CertificateKey} and {PrivateKey} must be a certificate and its key, not encrypted, in PEM";
        }
        finally
        {
            Array.Clear(text);
        }
    }

    private static Secret? Find(
        string name,
        IReadOnlyDictionary<string, Secret?> read,
        ICollection<string> troubles
    )
    {
        if (read.GetValueOrDefault(name) is { } secret)
            return secret;
        troubles.Add($"there is no Secret {name}");
        return null;
    }

    private static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
