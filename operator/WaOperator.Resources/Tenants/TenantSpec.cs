using WaOperator.PhoneNumbers;

namespace WaOperator.Resources;

// Value types with a default are settable: the JSON source generator gives every init-only property that is missing in
// the text the default of its type instead of its initializer. Objects come out of shared caches: copy them with
// `with`, never set a property of one.

/// <summary>What is desired of a tenant.</summary>
public sealed record TenantSpec
{
    /// <summary>A name for people, 1 to 128 characters.</summary>
    public string? DisplayName { get; init; }

    /// <summary>While true, all sessions of the tenant are stopped; their keys are kept.</summary>
    public bool Suspended { get; set; }

    /// <summary>Limits for all sessions of the tenant together.</summary>
    public TenantLimits Limits
    {
        get => field ?? new();
        init;
    }

    /// <summary>Which phone numbers the tenant may use and write to; null allows all.</summary>
    public PhoneRules? PhoneRules { get; init; }

    /// <summary>Where events are posted to, at most 16.</summary>
    public IReadOnlyList<Webhook>? Webhooks { get; init; }

    /// <summary>The tenant's API keys, at most 64.</summary>
    public IReadOnlyList<ApiKeyReference>? ApiKeySecretRefs { get; init; }

    /// <summary>Issuers of tokens that open the tenant's API, at most 8.</summary>
    public IReadOnlyList<TokenIssuer>? TokenIssuers { get; init; }
}

/// <summary>Limits over all sessions of a tenant.</summary>
public sealed record TenantLimits
{
    /// <summary>How many sessions may be placed at once, 0 to 1,000,000. 0 places none.</summary>
    public int Sessions { get; set; } = 1000;

    /// <summary>Memory that the sessions may cost together; null is no limit.</summary>
    public Quantity? Memory { get; init; }

    /// <summary>Messages per minute, 0 to 1,000,000; 0 is no limit.</summary>
    public int MessagesPerMinute { get; set; } = 100;

    /// <summary>Messages per minute to one recipient, 0 to 1,000,000; 0 is no limit.</summary>
    public int MessagesPerRecipientPerMinute { get; set; } = 30;

    /// <summary>Messages in 24 hours, 0 to 1,000,000,000; 0 is no limit.</summary>
    public int MessagesPerDay { get; set; }

    /// <summary>How fast each session sends what is queued.</summary>
    public SessionPace Pace
    {
        get => field ?? new();
        init;
    }
}

/// <summary>How fast a session sends what is queued.</summary>
public sealed record SessionPace
{
    /// <summary>Messages per minute on average, 0 to 60,000; 0: as fast as it can.</summary>
    public int PerMinute { get; set; }

    /// <summary>Messages at once after a rest, 1 to 10,000.</summary>
    public int Burst { get; set; } = 10;
}

/// <summary>Which phone numbers a tenant may use and write to.</summary>
public sealed record PhoneRules
{
    /// <summary>Only numbers that begin with one of these digits are allowed; all are when empty. At most 64.</summary>
    public IReadOnlyList<string>? AllowedPrefixes { get; init; }

    /// <summary>Numbers that are refused in whatever form, at most 1024.</summary>
    public IReadOnlyList<string>? BlockedNumbers { get; init; }

    /// <summary>Whether the rules allow <paramref name="phone"/>, digits only with the country code.</summary>
    public bool Allow(string phone) =>
        new PhoneFilter(AllowedPrefixes, BlockedNumbers).Allows(phone);
}

/// <summary>A place where events are posted to.</summary>
public sealed record Webhook
{
    /// <summary>An http or https URL without credentials.</summary>
    public string Url
    {
        get => field ?? "";
        init;
    }

    /// <summary>Kinds of events, such as <c>message.received</c> or <c>message.*</c>; all when empty. At most 32.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Key that signs the posts.</summary>
    public SecretKeyReference? SecretRef { get; init; }
}
