using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Streams;

/// <summary>Takes what pods tell.</summary>
internal interface IFeedTaker
{
    /// <summary>A pod tells something.</summary>
    Task TakeAsync(PodFeed feed, FeedBlock block, CancellationToken ct);

    /// <summary>A pod tells nothing more.</summary>
    void Ended();
}

/// <summary>The stream of one pod: those of a client's sessions that the pod serves.</summary>
/// <param name="pod">The pod's name.</param>
/// <param name="address">Host and port.</param>
/// <param name="time">The clock.</param>
/// <param name="pods">Counts what pods are asked.</param>
/// <param name="link">The connections to pods.</param>
internal sealed class PodFeed(
    string pod,
    string address,
    TimeProvider time,
    PodShares pods,
    PodLink link
) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The pod's name.</summary>
    public string Pod => pod;

    /// <summary>Host and port.</summary>
    public string Address => address;

    /// <summary>When it began, by the gateway's clock.</summary>
    public long Began { get; } = time.GetTimestamp();

    /// <summary>When the pod answered with events; null: it has not yet.</summary>
    public long? OpenedAt { get; private set; }

    /// <summary>The pod has no such stream, or no room for one more.</summary>
    public bool Refused { get; private set; }

    /// <summary>Nothing more comes.</summary>
    public bool Over { get; private set; }

    /// <summary>Begins.</summary>
    /// <param name="http">The client's request.</param>
    /// <param name="body">What the pod is asked for.</param>
    /// <param name="taker">Takes what it tells.</param>
    public void Start(HttpContext http, byte[] body, IFeedTaker taker) =>
        _running = Task.Run(() => RunAsync(http, body, taker));

    /// <summary>Ends: nothing more is told.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private async Task RunAsync(HttpContext http, byte[] body, IFeedTaker taker)
    {
        try
        {
            if (!pods.TryEnter(address))
                return;
            try
            {
                await CopyAsync(http, body, taker);
            }
            finally
            {
                pods.Leave(address);
            }
        }
        catch (Exception e)
            when (e is IOException or HttpRequestException or OperationCanceledException
                || e is InvalidDataException
            )
        {
            // Lost, or ended: what is missing comes from the next owner.
            return;
        }
        finally
        {
            Over = true;
            taker.Ended();
        }
    }

    private async Task CopyAsync(HttpContext http, byte[] body, IFeedTaker taker)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri($"http://{address}/v1/events")
        )
        {
            Version = HttpVersion.Version11,
            Content = new ByteArrayContent(body)
            {
                Headers =
                {
                    ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue(
                        "application/json"
                    ),
                },
            },
        };
        foreach (
            var name in (ReadOnlySpan<string>)
                [HeaderNames.Authorization, HeaderNames.UserAgent, HeaderNames.TraceParent]
        )
            request.Headers.TryAddWithoutValidation(
                name,
                (IEnumerable<string?>)http.Request.Headers[name]
            );
        ForwardedHeaders.Set(http, request);
        using var answer = await link.Client.SendAsync(request, _stop.Token);
        Refused = answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.TooManyRequests;
        if (
            answer.StatusCode != HttpStatusCode.OK
            || answer.Content.Headers.ContentType?.MediaType != "text/event-stream"
        )
            return;
        OpenedAt = time.GetTimestamp();
        using var reader = new FeedReader(await answer.Content.ReadAsStreamAsync(_stop.Token));
        while (await reader.NextAsync(_stop.Token) is { } block)
            await taker.TakeAsync(this, block, _stop.Token);
    }

    /// <summary>What a pod is asked for.</summary>
    /// <param name="sessions">The sessions.</param>
    /// <param name="since">Where those begin of which nothing was seen.</param>
    /// <param name="types">Patterns of types; null: all.</param>
    public static byte[] Ask(
        IEnumerable<StreamSession> sessions,
        long since,
        IReadOnlyList<string>? types
    )
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("sessions");
            foreach (var session in sessions)
            {
                json.WritePropertyName(session.Id.ToString(CultureInfo.InvariantCulture));
                if (session.Seq is { } seq)
                    json.WriteNumberValue(seq);
                else
                    json.WriteNullValue();
            }
            json.WriteEndObject();
            json.WriteNumber("since", since);
            if (types is not null)
            {
                json.WriteStartArray("types");
                foreach (var type in types)
                    json.WriteStringValue(type);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}
