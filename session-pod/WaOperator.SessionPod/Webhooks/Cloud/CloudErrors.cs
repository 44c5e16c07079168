namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>Meta's codes for what went wrong (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes). Pure.</summary>
internal static class CloudErrors
{
    private const int Unknown = 131000;
    private const int Denied = 131005;
    private const int Undeliverable = 131026;
    private const int NotSupported = 131051;
    private const int TooManySpam = 131048;
    private const int TooMany = 130429;

    /// <summary>A message was refused.</summary>
    /// <param name="code">WhatsApp's code; null: it never got there.</param>
    /// <param name="reason">Why, for people.</param>
    public static CloudError OfSend(int? code, string? reason)
    {
        var (number, title) = code switch
        {
            401 or 403 or 405 => (Denied, "Access denied"),
            404 or 475 or 479 => (Undeliverable, "Message undeliverable"),
            400 or 406 => (NotSupported, "Unsupported message"),
            420 or 429 => (TooMany, "Rate limit hit"),
            463 => (TooManySpam, "Spam rate limit hit"),
            _ => (Unknown, "Something went wrong"),
        };
        return new(number, title, title, new(reason ?? title));
    }

    /// <summary>A message that this format cannot tell.</summary>
    /// <param name="kind">What it is.</param>
    public static CloudError Unsupported(string kind) =>
        new(
            NotSupported,
            "Unsupported message",
            "Unsupported message",
            new($"Messages of the kind {kind} are not supported.")
        );
}
