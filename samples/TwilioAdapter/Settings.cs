using System.Globalization;
using System.Text.RegularExpressions;
using TwilioAdapter.Twilio;

namespace TwilioAdapter;

/// <summary>What the adapter is told by the environment (<c>Adapter__Database</c>) or by appsettings.json.</summary>
internal sealed partial class Settings
{
    /// <summary>Connection string of PostgreSQL; its tables are made at start.</summary>
    public string Database { get; init; } = "";

    /// <summary>Redis, as StackExchange.Redis takes it; empty: no lock, the other two layers do without.</summary>
    public string Redis { get; init; } = "";

    /// <summary>The adapter's own address, as the program and Twilio see it; signatures of what comes in are made over it.</summary>
    public string PublicUrl { get; init; } = "";

    /// <summary>The gateway of WaOperator.</summary>
    public string ApiUrl { get; init; } = "";

    /// <summary>A key of the tenant's with the scopes <c>messages:send</c> and <c>media:read</c>.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>The secrets of the WhatsAppWebhooks that post here, all of which count: during a rotation, the old one and the new one.</summary>
    public string[] WebhookSecrets { get; init; } = [];

    /// <summary>What a webhook of <c>format: CloudApi</c> has as its verify token; empty: each such question is refused.</summary>
    public string VerifyToken { get; init; } = "";

    /// <summary>The account's SID that the program knows: AC and 32 hex digits.</summary>
    public string AccountSid { get; init; } = "";

    /// <summary>The account's auth token: logs the program in, and signs in both directions.</summary>
    public string AuthToken { get; init; } = "";

    /// <summary>Where the program takes incoming messages.</summary>
    public string ProgramUrl { get; init; } = "";

    /// <summary>Where statuses of messages go that named no StatusCallback; empty: nowhere.</summary>
    public string StatusCallback { get; init; } = "";

    /// <summary>Phone numbers, digits alone, and the sessions behind them, NAMESPACE/NAME.</summary>
    public Dictionary<string, string> Numbers { get; init; } = [];

    /// <summary>How long a post or a message is tried again until it is given up.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long ids that were handled, and messages, are kept. Events may come again for 7 days.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The session behind a number; null for none.</summary>
    public string? SessionOf(string address) =>
        WhatsAppAddress.DigitsOf(address) is { } digits ? Numbers.GetValueOrDefault(digits) : null;

    /// <summary>A session's number as Twilio writes it; null: the session is not the adapter's.</summary>
    public string? NumberOf(string session) =>
        Numbers.FirstOrDefault(n => n.Value == session).Key is { } digits
            ? $"whatsapp:+{digits}"
            : null;

    /// <summary>What is wrong, in words for the person who sets the adapter up.</summary>
    public IEnumerable<string> Faults()
    {
        if (Database.Length == 0)
            yield return "Adapter__Database is missing: a connection string such as Host=localhost;Database=twilio;Username=twilio";
        foreach (
            var (name, url, needed) in new[]
            {
                (nameof(PublicUrl), PublicUrl, true),
                (nameof(ApiUrl), ApiUrl, true),
                (nameof(ProgramUrl), ProgramUrl, true),
                (nameof(StatusCallback), StatusCallback, false),
            }
        )
            if ((needed || url.Length > 0) && !IsUrl(url))
                yield return $"Adapter__{name} must be an http or https address without a user, such as https://example.org/twilio; it is \"{url}\"";
        if (ApiKey.Length == 0)
            yield return "Adapter__ApiKey is missing: an API key of the tenant";
        if (WebhookSecrets.Length == 0)
            yield return "Adapter__WebhookSecrets__0 is missing: the secret of the WhatsAppWebhook that posts here";
        for (var i = 0; i < WebhookSecrets.Length; i++)
            if (WhatsApp.StandardWebhook.KeyOf(WebhookSecrets[i]) is not { Length: >= 16 })
                yield return $"Adapter__WebhookSecrets__{i} must be whsec_ and base64 of 24 to 64 bytes, or for format CloudApi a text of 16 to 128 characters";
        if (!SidPattern().IsMatch(AccountSid))
            yield return "Adapter__AccountSid must be AC and 32 hex digits; one of your own: AC and the output of openssl rand -hex 16";
        if (AuthToken.Length < 16)
            yield return "Adapter__AuthToken must have 16 characters at least; one of your own: openssl rand -hex 16";
        if (Numbers.Count == 0)
            yield return "Adapter__Numbers is empty: name each number's session, such as Adapter__Numbers__4930123456=acme/sales";
        foreach (var (number, session) in Numbers)
            if (!NumberPattern().IsMatch(number) || !SessionPattern().IsMatch(session))
                yield return $"Adapter__Numbers__{number}={session} must be digits with the country code, and NAMESPACE/NAME";
        foreach (var twice in Numbers.GroupBy(n => n.Value).Where(g => g.Count() > 1))
            yield return $"Adapter__Numbers has the session {twice.Key} more than once: which number are its messages from?";
        if (GiveUpAfter < TimeSpan.FromMinutes(1))
            yield return $"Adapter__GiveUpAfter must be a minute at least, such as 1.00:00:00; it is {Text(GiveUpAfter)}";
        if (KeepFor < TimeSpan.FromDays(8))
            yield return $"Adapter__KeepFor must be 8 days at least, since events may come again for 7; it is {Text(KeepFor)}";
    }

    /// <summary>Whether an address can be posted to.</summary>
    public static bool IsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
        && url.UserInfo.Length == 0;

    private static string Text(TimeSpan time) => time.ToString(null, CultureInfo.InvariantCulture);

    [GeneratedRegex("^AC[0-9a-fA-F]{32}$")]
    private static partial Regex SidPattern();

    [GeneratedRegex("^[1-9][0-9]{6,14}$")]
    private static partial Regex NumberPattern();

    [GeneratedRegex("^[a-z0-9-]+/[a-z0-9.-]+$")]
    private static partial Regex SessionPattern();
}
