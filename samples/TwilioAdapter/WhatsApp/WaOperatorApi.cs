using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TwilioAdapter.Twilio;

namespace TwilioAdapter.WhatsApp;

/// <summary>What WaOperator said to a message, or to a question for a file.</summary>
internal abstract record ApiAnswer
{
    /// <summary>It has it.</summary>
    public sealed record Taken(JsonElement Body) : ApiAnswer;

    /// <summary>It will not take it, however often it is asked.</summary>
    public sealed record Refused(TwilioError Error) : ApiAnswer;

    /// <summary>Not now, or it is not known: ask again.</summary>
    public sealed record Later(string Why, TimeSpan? After) : ApiAnswer;
}

/// <summary>The tenant API of WaOperator (docs/api.md), as far as it is needed.</summary>
internal sealed class WaOperatorApi(HttpClient http)
{
    /// <summary>Queues a message. Its id makes that asking again sends nothing twice.</summary>
    public Task<ApiAnswer> SendAsync(string session, string body) =>
        PostAsync($"v1/sessions/{session}/messages", body);

    /// <summary>Makes an address that opens a file for an hour without a key.</summary>
    public Task<ApiAnswer> LinkAsync(string session, string media) =>
        PostAsync($"v1/sessions/{session}/media/{Uri.EscapeDataString(media)}/link", null);

    private async Task<ApiAnswer> PostAsync(string path, string? body)
    {
        try
        {
            using var content = body is null
                ? null
                : new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(path, content);
            var text = await answer.Content.ReadAsStringAsync();
            return Judge((int)answer.StatusCode, text, answer.Headers.RetryAfter);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new ApiAnswer.Later($"WaOperator gave no answer: {e.Message}", null);
        }
    }

    private static ApiAnswer Judge(int status, string text, RetryConditionHeaderValue? retryAfter)
    {
        JsonElement body;
        try
        {
            body = JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return new ApiAnswer.Later($"WaOperator answered HTTP {status} without JSON", null);
        }
        if (status is >= 200 and < 300)
            return new ApiAnswer.Taken(body);
        var detail = body.Text("detail") ?? $"HTTP {status}";
        // A key that is not valid is the adapter's fault, not the message's: it may be put right.
        return status == 401 || body.Flag("retryable") || (status >= 500 && status != 501)
            ? new ApiAnswer.Later($"WaOperator: {detail}", retryAfter?.Delta)
            : new ApiAnswer.Refused(
                TwilioError.OfProblem(
                    body.Text("type")?.Split(':')[^1],
                    body.First("errors")?.Text("pointer"),
                    detail
                )
            );
    }
}
