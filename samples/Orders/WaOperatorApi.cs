using System.Net;
using System.Text;
using System.Text.Json;

namespace Orders;

/// <summary>What became of a message that was handed over.</summary>
/// <param name="Error">What was wrong; null: WaOperator has it, durably, and sends it.</param>
/// <param name="IsFinal">Another try is of no use, or not needed.</param>
/// <param name="RetryAfter">When another try is of use, where that was said.</param>
internal sealed record SendAnswer(string? Error, bool IsFinal, TimeSpan? RetryAfter = null);

/// <summary>WaOperator's API, as far as it is needed here.</summary>
internal sealed class WaOperatorApi(HttpClient http, Settings settings)
{
    /// <summary>Hands a message over.</summary>
    public async Task<SendAnswer> SendAsync(OutboxEntry entry, CancellationToken ct)
    {
        if (!settings.Shops.TryGetValue(entry.Shop, out var shop))
            return new($"the shop {entry.Shop} is not among Orders__Shops any more", IsFinal: true);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"v1/sessions/{entry.Session}/messages"
        )
        {
            Content = new StringContent(entry.Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", shop.ApiKey);
        request.Headers.Add("Idempotency-Key", entry.Key);
        try
        {
            using var answer = await http.SendAsync(request, ct);
            return answer.IsSuccessStatusCode
                ? new SendAnswer(null, IsFinal: true)
                : Judge(
                    answer.StatusCode,
                    answer.Headers.RetryAfter?.Delta,
                    await answer.Content.ReadAsStringAsync(ct)
                );
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return new SendAnswer(e.Message, IsFinal: false);
        }
    }

    /// <summary>Each refusal of WaOperator is a problem document that says itself whether another try is of use.</summary>
    private static SendAnswer Judge(HttpStatusCode status, TimeSpan? after, string body)
    {
        var problem = Problem.Read(body);
        var why = $"HTTP {(int)status} {problem?.Type}: {problem?.Title}";
        var isRetryable = status switch
        {
            // The key is put right by a person, and messages wait for that.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => true,
            // No problem document: from a proxy on the way.
            _ => problem?.Retryable ?? (int)status >= 500,
        };
        return new(why, IsFinal: !isRetryable, after);
    }

    private sealed record Problem(string? Type, string? Title, bool Retryable)
    {
        public static Problem? Read(string body)
        {
            try
            {
                return JsonSerializer.Deserialize<Problem>(body, JsonSerializerOptions.Web);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
