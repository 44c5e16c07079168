using System.Text.Json.Serialization;

namespace TwilioAdapter.Twilio;

/// <summary>An error in Twilio's shape, with the code of Twilio's that is nearest (https://www.twilio.com/docs/api/errors).</summary>
internal sealed record TwilioError(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("status")] int Status = 400
)
{
    [JsonPropertyName("more_info")]
    public string MoreInfo => $"https://www.twilio.com/docs/errors/{Code}";

    /// <summary>What Twilio has and the adapter has not: said, never passed over.</summary>
    public static TwilioError NotSupported(string what) => new(20001, $"NotSupported: {what}");

    public static TwilioError NoLogin { get; } =
        new(20003, "Authenticate: log in with the account's SID and its auth token", 401);

    public static TwilioError NotFound(string what) =>
        new(20404, $"The requested resource {what} was not found", 404);

    public static TwilioError BadTo(string to) =>
        new(21211, $"Invalid 'To' Phone Number: {to} is not whatsapp:+ and a number");

    public static TwilioError BadFrom(string from) =>
        new(63007, $"Could not find a Channel with the specified From address {from}");

    /// <summary>A refusal of WaOperator's API.</summary>
    /// <param name="problem">What kind it is: the end of its type.</param>
    /// <param name="pointer">The field that it is about; null for none.</param>
    /// <param name="detail">Why, for people.</param>
    public static TwilioError OfProblem(string? problem, string? pointer, string detail) =>
        problem switch
        {
            "invalid-body" when pointer == "#/to" => new(
                21211,
                $"Invalid 'To' Phone Number: {detail}"
            ),
            "recipient-not-allowed" => new(21408, detail),
            "unknown-session" or "not-paired" or "stopped" or "deleting" or "banned" => new(
                63007,
                detail
            ),
            not null
                when problem.StartsWith("media-", StringComparison.Ordinal)
                    || problem == "unknown-media" => new(21620, $"Invalid media URL(s): {detail}"),
            _ => new(20001, detail),
        };

    /// <summary>The code and words for a message that WhatsApp refused.</summary>
    /// <param name="code">WhatsApp's code; null: it never got there.</param>
    public static (int Code, string Message) OfFailure(int? code) =>
        code switch
        {
            404 or 475 or 479 => (63024, "Invalid message recipient"),
            420 or 429 or 463 => (63018, "Rate limit exceeded for Channel"),
            400 or 406 => (63021, "Channel invalid content error"),
            _ => (30008, "Unknown error"),
        };

    public IResult Answer() =>
        Results.Json(this, contentType: "application/json", statusCode: Status);
}
