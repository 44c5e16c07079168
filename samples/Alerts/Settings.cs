namespace Alerts;

/// <summary>What the program is told by the environment (<c>Alerts__Database</c>) or by appsettings.json.</summary>
internal sealed class Settings
{
    /// <summary>Connection string of PostgreSQL; its tables are made at start.</summary>
    public string Database { get; init; } = "";

    /// <summary>The signing secrets of the webhook, <c>whsec_...</c>; two while one replaces the other.</summary>
    public string[] WebhookSecrets { get; init; } = [];

    /// <summary>Where notifications are posted, as <c>{"text":"..."}</c>: an incoming webhook of Slack, Mattermost, ...</summary>
    public string NotifyUrl { get; init; } = "";

    /// <summary>How long a session may be without its connection until that is told. Default 5 min.</summary>
    public TimeSpan DisconnectedAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long all must be well until the end of an alert is told. Default 2 min; what comes back within it is still the same alert.</summary>
    public TimeSpan WellAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What is wrong, for people; nothing if it can start.</summary>
    public IEnumerable<string> Faults()
    {
        if (Database.Length == 0)
            yield return "Alerts__Database is not set; it must be a connection string of PostgreSQL";
        if (WebhookSecrets.Length == 0 || !WebhookSecrets.All(StandardWebhook.IsSecret))
            yield return "Alerts__WebhookSecrets__0 is not set or no whsec_...; it must be the signing secret of the webhook";
        if (
            !Uri.TryCreate(NotifyUrl, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https")
        )
            yield return "Alerts__NotifyUrl is not set or no http(s) address; it must be where notifications are posted";
        if (DisconnectedAfter < TimeSpan.Zero || DisconnectedAfter > TimeSpan.FromDays(1))
            yield return $"Alerts__DisconnectedAfter is {DisconnectedAfter}; it must be from 00:00:00 to 1.00:00:00";
        if (WellAfter < TimeSpan.Zero || WellAfter > TimeSpan.FromDays(1))
            yield return $"Alerts__WellAfter is {WellAfter}; it must be from 00:00:00 to 1.00:00:00";
    }
}
