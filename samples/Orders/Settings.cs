namespace Orders;

/// <summary>What the bot is told by the environment (<c>Orders__Database</c>) or by appsettings.json.</summary>
internal sealed class Settings
{
    /// <summary>Connection string of PostgreSQL; its tables are made at start.</summary>
    public string Database { get; init; } = "";

    /// <summary>WaOperator's gateway.</summary>
    public string ApiUrl { get; init; } = "";

    /// <summary>The shops that it works for, by the name of their tenant.</summary>
    public Dictionary<string, Shop> Shops { get; init; } = [];

    /// <summary>What is wrong, for people; nothing if it can start.</summary>
    public IEnumerable<string> Faults()
    {
        if (Database.Length == 0)
            yield return "Orders__Database is not set; it must be a connection string of PostgreSQL";
        if (
            !Uri.TryCreate(ApiUrl, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https")
        )
            yield return $"Orders__ApiUrl is '{ApiUrl}'; it must be the address of WaOperator's gateway, such as https://wa.example.org";
        if (Shops.Count == 0)
            yield return "Orders__Shops__NAME__... is not set; there must be one shop at least, named as its tenant";
        foreach (var (name, shop) in Shops)
        foreach (var fault in shop.Faults())
            yield return $"Orders__Shops__{name}__{fault}";
        foreach (var same in Shops.GroupBy(s => s.Value.RestKey).Where(g => g.Count() > 1))
            yield return $"Orders__Shops: {string.Join(" and ", same.Select(s => s.Key))} have the same RestKey; each needs its own";
    }
}

/// <summary>A shop: a tenant of WaOperator.</summary>
internal sealed class Shop
{
    /// <summary>A key of the tenant with the scope <c>messages:send</c>.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>The signing secrets of its webhooks, <c>whsec_...</c>; two while one replaces the other.</summary>
    public string[] WebhookSecrets { get; init; } = [];

    /// <summary>The bearer key of this program's own REST, for the shop's staff; 16 characters at least.</summary>
    public string RestKey { get; init; } = "";

    /// <summary>The language of its customers, such as <c>de</c> or <c>de-AT</c>. Default en, which others fall back to as well.</summary>
    public string Language { get; init; } = "en";

    /// <summary>A code that a happy customer is given.</summary>
    public string PromotionCode { get; init; } = "";

    /// <summary>Where an unhappy customer finds help: a phone number, an address.</summary>
    public string SupportContact { get; init; } = "";

    public IEnumerable<string> Faults()
    {
        if (ApiKey.Length == 0 || ApiKey.Any(c => c is <= ' ' or > '~'))
            yield return "ApiKey is not set or has characters that no key has; it must be an API key of the tenant";
        if (WebhookSecrets.Length == 0 || !WebhookSecrets.All(StandardWebhook.IsSecret))
            yield return "WebhookSecrets__0 is not set or no whsec_...; it must be the signing secret of the shop's webhooks";
        if (RestKey.Length < 16)
            yield return "RestKey is shorter than 16 characters; make one by openssl rand -hex 24";
        if (PromotionCode.Length == 0)
            yield return "PromotionCode is not set; it must be what a happy customer is given";
        if (SupportContact.Length == 0)
            yield return "SupportContact is not set; it must be where an unhappy customer finds help";
    }
}
