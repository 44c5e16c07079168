using System.Security.Cryptography;
using System.Text;

namespace TwilioAdapter.Twilio;

/// <summary>
/// X-Twilio-Signature: HMAC-SHA1, by the auth token, of the address and then each field's name and value, sorted by name
/// (https://www.twilio.com/docs/usage/security). SHA-1 is what Twilio's libraries check; as an HMAC it is not broken. Pure.
/// </summary>
internal static class TwilioSignature
{
    /// <summary>The header.</summary>
    public const string Header = "X-Twilio-Signature";

    /// <summary>The signature of a post.</summary>
    /// <param name="token">The auth token.</param>
    /// <param name="url">Where it is posted to, as the receiver sees it.</param>
    /// <param name="form">What is posted.</param>
    public static string Of(string token, string url, TwilioForm form)
    {
        var text = new StringBuilder(url);
        foreach (
            var field in form.GroupBy(p => p.Key, p => p.Value, StringComparer.Ordinal)
                .OrderBy(f => f.Key, StringComparer.Ordinal)
        )
        foreach (var value in field.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            text.Append(field.Key).Append(value);
#pragma warning disable CA5350 // Twilio's, see above
        return Convert.ToBase64String(
            HMACSHA1.HashData(
                Encoding.UTF8.GetBytes(token),
                Encoding.UTF8.GetBytes(text.ToString())
            )
        );
#pragma warning restore CA5350
    }

    /// <summary>Whether a post is signed by who has the token. Twilio signs some addresses with their port and some without: either counts.</summary>
    public static bool IsRight(string token, string url, TwilioForm form, string? signature) =>
        signature is not null
        && Spellings(url)
            .Select(spelling => Of(token, spelling, form))
            .Aggregate(
                false,
                (found, right) =>
                    found
                    | CryptographicOperations.FixedTimeEquals(
                        Encoding.UTF8.GetBytes(right),
                        Encoding.UTF8.GetBytes(signature)
                    )
            );

    // Letter by letter as it was given: a parsed address would be spelt in another way.
    private static string[] Spellings(string url)
    {
        var host = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var path = url.IndexOf('/', host);
        var port = url.IndexOf(':', host, path - host);
        var bare = port < 0 ? url : url[..port] + url[path..];
        var withPort = port < 0 ? url.Insert(path, $":{new Uri(url).Port}") : url;
        return [bare, withPort];
    }
}
