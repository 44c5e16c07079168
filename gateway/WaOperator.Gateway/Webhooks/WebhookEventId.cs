using System.Globalization;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>The id of an event as webhooks post it: evt_, the session in hexadecimal digits, _, its number in the session. Pure.</summary>
internal static class WebhookEventId
{
    private const string Prefix = "evt_";
    private const int MaxLength = 4 + 16 + 1 + 19;

    /// <summary>Writes it.</summary>
    public static string Write(PostedEvent posted) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{posted.Session:x}_{posted.Seq}");

    /// <summary>Reads it.</summary>
    /// <returns>Null: it is none.</returns>
    public static PostedEvent? Read(string? text)
    {
        if (
            text is not { Length: <= MaxLength }
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split('_') is not [var session, var seq]
            || !long.TryParse(
                session,
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var id
            )
            || !long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || id < 0
        )
            return null;
        var posted = new PostedEvent(id, number);
        // One event has one id.
        return Write(posted) == text ? posted : null;
    }
}
