using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Streams;

/// <summary>What a pod tells a gateway.</summary>
internal sealed record FeedItem(string Type, long Session, long Seq, JsonNode? Data);

/// <summary>A gateway that follows sessions of a pod.</summary>
internal sealed class FeedClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private FeedClient(HttpClient http, HttpResponseMessage answer, Stream body) =>
        (_http, _answer, _reader) = (http, answer, new StreamReader(body));

    /// <summary>Opens a stream.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="sessions">The sessions, each with the number of the last event that was seen.</param>
    /// <param name="since">Where others begin.</param>
    /// <param name="types">What is asked for.</param>
    public static async Task<FeedClient> OpenAsync(
        TestPod pod,
        Dictionary<long, long?> sessions,
        long since = 0,
        string[]? types = null
    )
    {
        var http = new HttpClient { BaseAddress = pod.Api, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            PodWorld.ApiKey
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events")
        {
            Content = JsonContent.Create(
                new
                {
                    sessions = sessions.ToDictionary(
                        s => s.Key.ToString(CultureInfo.InvariantCulture),
                        s => s.Value
                    ),
                    since,
                    types,
                }
            ),
        };
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        return new(http, answer, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The next; null at the end.</summary>
    public async Task<FeedItem?> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (type, session, seq, data) = ("", 0L, 0L, (JsonNode?)null);
        while (await _reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Length == 0 && type.Length > 0)
                return new(type, session, seq, data);
            switch (line.Split(": ", 2))
            {
                case ["event", var name]:
                    type = name;
                    break;
                case ["data", var json]:
                    data = JsonNode.Parse(json);
                    break;
                case ["id", var id] when id.Split(':') is [var of, var number]:
                    session = long.Parse(of, CultureInfo.InvariantCulture);
                    seq = long.Parse(number, CultureInfo.InvariantCulture);
                    break;
            }
        }
        return null;
    }

    /// <summary>Reads until one fits.</summary>
    /// <returns>All up to it.</returns>
    public async Task<IReadOnlyList<FeedItem>> UntilAsync(Func<FeedItem, bool> fits)
    {
        var items = new List<FeedItem>();
        while (items.Count == 0 || !fits(items[^1]))
            items.Add(
                await NextAsync()
                    ?? throw new EndOfStreamException(string.Join('\n', items.Select(i => i.Type)))
            );
        return items;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
        _http.Dispose();
    }
}
