namespace WaOperator.Api;

/// <content>Files.</content>
internal static partial class Problems
{
    public static ProblemAnswer NoMedia(string ns, string name, string id) =>
        new(
            404,
            "unknown-media",
            "No such file",
            $"{ns}/{name} has no file {id}: it was deleted, has expired, or belongs to another session"
        );

    public static ProblemAnswer MediaReceived(string id) =>
        new(
            409,
            "media-received",
            "A received file cannot be deleted",
            $"{id} came with a message and goes with its event; only uploads are deleted"
        );

    public static ProblemAnswer MediaGone(string id) =>
        new(
            410,
            "media-gone",
            "The file is gone",
            $"WhatsApp's media hosts no longer have {id}, and the phone does not give it again"
        );

    public static ProblemAnswer MediaTooLarge(long most) =>
        new(
            413,
            "media-too-large",
            "The file is too large",
            $"a file of this kind may have {most / (1024 * 1024)} MiB"
        );

    public static ProblemAnswer WrongMedia(string detail) =>
        new(415, "media-type", "The file cannot be sent as this", detail);

    public static ProblemAnswer NoSuchPart(string id, long length) =>
        new(
            416,
            "media-range",
            "The file has no such part",
            $"{id} has {length} bytes; ask for a part of it"
        );

    public static ProblemAnswer TooManyTransfers(string full) =>
        new(429, "rate-limited", "Too many transfers", full)
        {
            RetryAfter = TimeSpan.FromSeconds(2),
            Retryable = true,
        };

    public static ProblemAnswer NoMediaUrls() =>
        new(
            403,
            "media-url",
            "Files are not fetched here",
            "this installation fetches no files by \"url\" (WA__Api__AllowMediaUrls); upload the file and send it by its id"
        );

    public static ProblemAnswer BadMediaUrl(string detail) =>
        new(422, "media-url", "The file's address cannot be used", detail);

    public static ProblemAnswer MediaNotFetched(string detail, bool retryable) =>
        new(502, "media-fetch", "The file could not be fetched", detail) { Retryable = retryable };

    public static ProblemAnswer MediaDamaged(string id) =>
        new(
            502,
            "media-damaged",
            "The file is damaged",
            $"what WhatsApp's media hosts have of {id} is not the file that its message speaks of"
        );

    public static ProblemAnswer MediaHosts(string detail) =>
        new(502, "media-hosts", "WhatsApp's media hosts failed", detail)
        {
            RetryAfter = TimeSpan.FromSeconds(5),
            Retryable = true,
        };

    public static ProblemAnswer NotConnected(string ns, string name, string phase) =>
        new(
            503,
            "not-connected",
            "The session is not connected",
            $"{ns}/{name} is {phase}, and this needs its connection; nothing was done, try again when it is Connected"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
            Retryable = true,
        };
}
