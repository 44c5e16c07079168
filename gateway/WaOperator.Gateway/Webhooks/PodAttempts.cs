using System.Net;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using WaOperator.Api;
using WaOperator.Gateway.Forwarding;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>
/// Asks all pods that post for a webhook what they posted last: each remembers its own posts, in memory. The client's key goes along, and
/// they check it again.
/// </summary>
internal sealed class PodAttempts(
    GatewayStore store,
    StoreHold hold,
    PodAddress address,
    PodShares shares,
    PodLink link,
    TimeProvider time
)
{
    /// <summary>How long a pod may take to answer.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private const long MaxAnswer = 1024 * 1024;

    private static readonly string[] Passed =
    [
        HeaderNames.Authorization,
        HeaderNames.UserAgent,
        HeaderNames.TraceParent,
        HeaderNames.TraceState,
    ];

    /// <summary>Their posts, the newest first, and which of the pods did not answer.</summary>
    /// <param name="http">The request.</param>
    /// <param name="webhook">The webhook.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="failed">Only those that were not taken.</param>
    public async Task<(
        IReadOnlyList<WebhookAttempt> Found,
        IReadOnlyList<string> Unanswered
    )> ReadAsync(
        HttpContext http,
        TenantWebhook webhook,
        IReadOnlyCollection<long> tenants,
        bool failed
    )
    {
        var pods = await hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<ServedPlace>>(
                    store.Webhooks.ReadPodsAsync(webhook.Id, tenants, http.RequestAborted)
                ),
            http.RequestAborted
        );
        using var limit = new CancellationTokenSource(Limit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            limit.Token
        );
        var path =
            $"/v1/webhooks/{webhook.Namespace}/{webhook.Name}/attempts?failed={(failed ? "true" : "false")}";
        var answers = await Task.WhenAll(pods.Select(p => AskAsync(http, p, path, end.Token)));
        http.RequestAborted.ThrowIfCancellationRequested();
        return (
            [.. answers.SelectMany(a => a ?? []).OrderByDescending(a => a.At)],
            [
                .. pods.Zip(answers)
                    .Where(p => p.Second is null)
                    .Select(p => p.First.Pod!)
                    .Order(StringComparer.Ordinal),
            ]
        );
    }

    /// <returns>Null: it did not answer.</returns>
    private async Task<IReadOnlyList<WebhookAttempt>?> AskAsync(
        HttpContext http,
        ServedPlace place,
        string path,
        CancellationToken ct
    )
    {
        var pod = address(place);
        if (!shares.TryEnter(pod))
            return null;
        try
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri($"http://{pod}{path}")
            )
            {
                Version = HttpVersion.Version11,
            };
            foreach (var name in Passed)
                request.Headers.TryAddWithoutValidation(
                    name,
                    (IEnumerable<string?>)http.Request.Headers[name]
                );
            ForwardedHeaders.Set(http, request);
            using var answer = await link.Client.SendAsync(request, ct);
            await answer.Content.LoadIntoBufferAsync(MaxAnswer, ct);
            var body = await answer.Content.ReadAsByteArrayAsync(ct);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => JsonSerializer
                    .Deserialize(body, WebhooksJson.Default.WebhookAttempts)
                    ?.Data,
                // It runs no session of the tenant any more: it has nothing to tell.
                HttpStatusCode.ServiceUnavailable
                    when PodAnswer.Unserved(RequestKind.Read, 503, body) == Outcome.Moving => [],
                _ => null,
            };
        }
        catch (Exception e)
            when (e is IOException or HttpRequestException or JsonException
                || e is OperationCanceledException && !http.RequestAborted.IsCancellationRequested
            )
        {
            return null;
        }
        finally
        {
            shares.Leave(pod);
        }
    }
}
