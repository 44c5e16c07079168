using System.Text.Json;

namespace Orders;

/// <summary>A text of a customer, from an event <c>message.received</c>.</summary>
/// <param name="Shop">The tenant that it was sent to.</param>
/// <param name="Session">The session, NAMESPACE/NAME.</param>
/// <param name="Customer">Where an answer goes.</param>
/// <param name="Text">What was written.</param>
internal sealed record CustomerMessage(string Shop, string Session, string Customer, string Text)
{
    /// <summary>Reads an event of WaOperator's own format; null: it is nothing that the bot knows.</summary>
    public static CustomerMessage? Read(string shop, JsonElement e)
    {
        // Another type, the webhook of another tenant, a picture, a message to a group: all that is for others.
        if (
            TextOf(e, "type") != "message.received"
            || TextOf(e, "tenant") != shop
            || !e.TryGetProperty("data", out var data)
            || TextOf(data, "text") is not { } text
            || TextOf(data, "participant") is not null
        )
            return null;
        // A person has two addresses. The phone number stays the same, if it is known at all.
        var customer = TextOf(data, "chatPn") ?? TextOf(data, "chat")!;
        // PostgreSQL stores no NUL, and a customer can send one.
        return new(
            shop,
            TextOf(e, "session")!,
            customer,
            text.Replace("\0", "", StringComparison.Ordinal)
        );
    }

    private static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
