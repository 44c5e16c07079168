using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Cloud;

/// <summary>A contact. Its name and its phone numbers are sent; what else a contact can have is refused.</summary>
internal sealed record CloudContact
{
    /// <summary>Its name.</summary>
    public CloudContactName? Name { get; init; }

    /// <summary>1 to 8 phone numbers.</summary>
    public IReadOnlyList<CloudContactPhone?>? Phones { get; init; }

    /// <summary>Refused, but for an empty list.</summary>
    public JsonElement? Emails { get; init; }

    /// <summary>Refused, but for an empty list.</summary>
    public JsonElement? Addresses { get; init; }

    /// <summary>Refused, but for an empty list.</summary>
    public JsonElement? Urls { get; init; }

    /// <summary>Refused, but for an empty object.</summary>
    public JsonElement? Org { get; init; }

    /// <summary>Refused.</summary>
    public string? Birthday { get; init; }
}

/// <summary>The name of a contact. Its parts say the same as the formatted name, which is sent.</summary>
internal sealed record CloudContactName
{
    /// <summary>As it is shown.</summary>
    [JsonPropertyName("formatted_name")]
    public string? FormattedName { get; init; }

    /// <summary>A part.</summary>
    [JsonPropertyName("first_name")]
    public string? FirstName { get; init; }

    /// <summary>A part.</summary>
    [JsonPropertyName("last_name")]
    public string? LastName { get; init; }

    /// <summary>A part.</summary>
    [JsonPropertyName("middle_name")]
    public string? MiddleName { get; init; }

    /// <summary>A part.</summary>
    public string? Prefix { get; init; }

    /// <summary>A part.</summary>
    public string? Suffix { get; init; }
}

/// <summary>A phone number of a contact.</summary>
internal sealed record CloudContactPhone
{
    /// <summary>The number.</summary>
    public string? Phone { get; init; }

    /// <summary>Taken and of no effect: a number has no label.</summary>
    public string? Type { get; init; }

    /// <summary>The number's account; used where phone is left out.</summary>
    [JsonPropertyName("wa_id")]
    public string? WaId { get; init; }
}
