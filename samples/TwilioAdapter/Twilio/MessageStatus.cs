namespace TwilioAdapter.Twilio;

/// <summary>How far a message has come, in Twilio's words. It never goes back, and what failed stays so. Pure.</summary>
internal static class MessageStatus
{
    public const string Queued = "queued";
    public const string Sent = "sent";
    public const string Failed = "failed";
    private static readonly string[] Ways = [Queued, Sent, "delivered", "read"];

    /// <summary>The status that an event tells; null: it tells none.</summary>
    public static string? OfEvent(string type) =>
        type switch
        {
            "message.sent" => Sent,
            "message.delivered" => "delivered",
            "message.read" or "message.played" => "read",
            "message.failed" => Failed,
            _ => null,
        };

    /// <summary>What becomes of a status by what is told; null: it stays.</summary>
    public static string? After(string now, string told) =>
        (now, told) switch
        {
            (Queued, Failed) => Failed,
            (Sent, Failed) => "undelivered",
            _ when Array.IndexOf(Ways, told) is var to
                    && Array.IndexOf(Ways, now) is var from
                    && from >= 0
                    && to > from => told,
            _ => null,
        };
}
