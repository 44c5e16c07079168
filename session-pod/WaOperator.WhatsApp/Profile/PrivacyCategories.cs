namespace WaOperator.WhatsApp;

/// <summary>
/// What of an account is seen by whom: WhatsApp's categories, and the values of each, as whatsmeow lists them. Values that need a list
/// of accounts beside them (<see cref="ContactsExcept"/>, <see cref="SomeContacts"/>) can be read here, and not set.
/// </summary>
public static class PrivacyCategories
{
    /// <summary>All contacts but those of a list.</summary>
    public const string ContactsExcept = "contact_blacklist";

    /// <summary>Only the contacts of a list.</summary>
    public const string SomeContacts = "contact_allowlist";

    /// <summary>The values that can be set, by category.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Values { get; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["last"] = ["all", "contacts", "none"],
            ["online"] = ["all", "match_last_seen"],
            ["profile"] = ["all", "contacts", "none"],
            ["status"] = ["all", "contacts", "none"],
            ["groupadd"] = ["all", "contacts", "none"],
            ["readreceipts"] = ["all", "none"],
            ["calladd"] = ["all", "known"],
            ["messages"] = ["all", "contacts"],
            ["defense"] = ["on_standard", "off"],
            ["stickers"] = ["contacts", "none"],
        };
}
