using System.Text.Encodings.Web;
using System.Text.Json;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>The page that shows a pairing to the person who holds the phone. All that it loads is itself and its events.</summary>
internal static class PairingPage
{
    private static readonly string Template = Load("pairing.html");

    /// <summary>What uses a passkey on WhatsApp's own page; OPTIONS stands for what it is to sign.</summary>
    public static string Script { get; } = Load("passkey.js");

    /// <summary>The page as it begins; without scripts it stays so, and loads itself again.</summary>
    /// <param name="answer">How far the pairing is, with the code's picture.</param>
    /// <param name="nonce">What marks the page's own script and style.</param>
    public static string Of(PairingAnswer answer, string nonce) =>
        Template
            .Replace("{nonce}", nonce, StringComparison.Ordinal)
            .Replace("{view}", ViewOf(answer), StringComparison.Ordinal)
            .Replace("{script}", HtmlEncoder.Default.Encode(Script), StringComparison.Ordinal)
            .Replace(
                "{filled}",
                answer.Passkey is { } options ? HtmlEncoder.Default.Encode(Filled(options)) : "",
                StringComparison.Ordinal
            )
            .Replace("{png}", answer.Png ?? "data:,", StringComparison.Ordinal)
            .Replace(
                "{code}",
                HtmlEncoder.Default.Encode(answer.Code ?? ""),
                StringComparison.Ordinal
            );

    /// <summary>Lets the page do what it needs and nothing else, and keeps its address and its code to itself.</summary>
    /// <param name="headers">Of the answer.</param>
    /// <param name="nonce">What marks the page's own script and style.</param>
    public static void Confine(IHeaderDictionary headers, string nonce)
    {
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }

    private static string Filled(JsonElement options)
    {
        var at = Script.IndexOf("OPTIONS", StringComparison.Ordinal);
        return $"{Script[..at]}{options.GetRawText()}{Script[(at + "OPTIONS".Length)..]}";
    }

    /// <summary>What of the page is seen; its script decides the same way.</summary>
    private static string ViewOf(PairingAnswer answer) =>
        answer.Png is not null ? "Qr"
        : answer.Code is not null && answer.State == nameof(PairingState.Ready) ? "Code"
        : answer.State;

    private static string Load(string name)
    {
        using var file = typeof(PairingPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
