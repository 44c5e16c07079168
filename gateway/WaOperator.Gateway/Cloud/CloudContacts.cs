using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Gateway.Cloud;

/// <summary>Turns contacts into those of our own API. Pure; what is wrong leaves by a <see cref="CloudFaultException"/>.</summary>
internal static class CloudContacts
{
    /// <summary>The contacts.</summary>
    public static JsonArray Of(IReadOnlyList<CloudContact?> contacts) =>
        [.. contacts.Select(contact => (JsonNode)Of(contact))];

    private static JsonObject Of(CloudContact? contact)
    {
        if (contact?.Name?.FormattedName is not { } name)
            throw CloudFaultException.Parameter(
                "each of \"contacts\" needs its \"name.formatted_name\""
            );
        foreach (
            var (field, says) in ((string, bool)[])
                [
                    ("emails", Says(contact.Emails)),
                    ("addresses", Says(contact.Addresses)),
                    ("urls", Says(contact.Urls)),
                    ("org", Says(contact.Org)),
                    ("birthday", contact.Birthday is not null),
                ]
        )
            if (says)
                throw CloudFaultException.Value(
                    $"\"contacts\": \"{field}\" cannot be sent; a contact has a name and phone numbers"
                );
        return new()
        {
            ["name"] = name,
            ["phones"] = new JsonArray([
                .. (contact.Phones ?? []).Select(p => (JsonNode?)(p?.Phone ?? p?.WaId)),
            ]),
        };
    }

    private static bool Says(JsonElement? element) =>
        element is { } given
        && given.ValueKind switch
        {
            JsonValueKind.Null => false,
            JsonValueKind.Array => given.GetArrayLength() > 0,
            JsonValueKind.Object => given.EnumerateObject().Any(),
            _ => true,
        };
}
