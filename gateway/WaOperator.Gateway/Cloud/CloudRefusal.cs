using System.Text.Json.Serialization;
using WaOperator.Api;

namespace WaOperator.Gateway.Cloud;

/// <summary>An error as Meta's programs expect it.</summary>
/// <param name="Error">What is wrong.</param>
internal sealed record CloudErrorAnswer(CloudError Error);

/// <summary>What is wrong.</summary>
/// <param name="Message">For people.</param>
/// <param name="Type">Always OAuthException.</param>
/// <param name="Code">Which kind of error it is, for programs.</param>
/// <param name="ErrorData">More for people.</param>
/// <param name="FbtraceId">Names this request in the logs.</param>
internal sealed record CloudError(
    string Message,
    string Type,
    int Code,
    [property: JsonPropertyName("error_data")] CloudErrorData ErrorData,
    [property: JsonPropertyName("fbtrace_id")] string FbtraceId
);

/// <summary>More for people.</summary>
/// <param name="MessagingProduct">whatsapp.</param>
/// <param name="Details">What to do about it.</param>
internal sealed record CloudErrorData(
    [property: JsonPropertyName("messaging_product")] string MessagingProduct,
    string Details
);

/// <summary>An error in Meta's shape.</summary>
/// <param name="code">The kind.</param>
/// <param name="detail">What to do about it.</param>
internal sealed class CloudRefusal(CloudCode code, string detail) : IResult
{
    /// <summary>The kind.</summary>
    public CloudCode Code => code;

    /// <summary>What to do about it.</summary>
    public string Detail => detail;

    /// <summary>HTTP status; default the kind's.</summary>
    public int Status { get; init; } = code.Status;

    /// <summary>The header Retry-After; null for none.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>Something is wrong with the request.</summary>
    public static CloudRefusal Of(CloudFault fault) => new(fault.Code, fault.Detail);

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is not null)
            response.Headers.RetryAfter = RetryAfter;
        if (Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        return response.WriteAsJsonAsync(
            new CloudErrorAnswer(
                new(
                    // Programs show their users the message alone.
                    $"(#{code.Number}) {code.Title}: {detail}",
                    "OAuthException",
                    code.Number,
                    new("whatsapp", detail),
                    httpContext.TraceIdentifier
                )
            ),
            CloudJson.Default.CloudErrorAnswer
        );
    }
}
