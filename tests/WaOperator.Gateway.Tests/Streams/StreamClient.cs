using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>An event as a client sees it.</summary>
internal sealed record Shown(string Type, string Data)
{
    public string Id => (string)JsonNode.Parse(Data)!["id"]!;

    public (long Session, long Seq) Number =>
        Id.Split('_') is [_, var session, var seq]
            ? (Convert.ToInt64(session, 16), long.Parse(seq, CultureInfo.InvariantCulture))
            : throw new FormatException(Id);
}

/// <summary>One connection of a client that follows all sessions.</summary>
internal sealed class StreamClient : IAsyncDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly CancellationTokenSource _cut = new();
    private readonly Task _reading;
    private readonly ConcurrentQueue<Shown> _shown = new();

    private StreamClient(HttpResponseMessage answer)
    {
        _answer = answer;
        _reading = ReadAsync();
    }

    /// <summary>What came so far.</summary>
    public IReadOnlyList<Shown> Events => [.. _shown];

    /// <summary>The first id that came.</summary>
    public string? FirstCursor { get; private set; }

    /// <summary>The last id that came.</summary>
    public string? Cursor { get; private set; }

    /// <summary>Completes when the stream ends.</summary>
    public Task Ended => _reading;

    public static async Task<StreamClient> OpenAsync(
        Tenant tenant,
        string query = "",
        string? cursor = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/events{query}");
        if (cursor is not null)
            request.Headers.Add("Last-Event-ID", cursor);
        var answer = await tenant.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        var client = new StreamClient(answer);
        await Eventually.True("the first cursor came", () => client.Cursor is not null);
        return client;
    }

    /// <summary>Waits for so many events.</summary>
    public Task CountAsync(int events) =>
        Eventually.True($"{events} events came", () => Task.FromResult(_shown.Count >= events));

    /// <summary>Waits for a cursor behind what came.</summary>
    public Task<string> NextCursorAsync()
    {
        Cursor = null;
        return Eventually.Get("a cursor came", () => Task.FromResult(Cursor));
    }

    private async Task ReadAsync()
    {
        try
        {
            using var reader = new StreamReader(await _answer.Content.ReadAsStreamAsync());
            var (type, data, id) = ("", "", (string?)null);
            while (await reader.ReadLineAsync(_cut.Token) is { } line)
            {
                if (line.Length == 0)
                {
                    // The event counts before its cursor does.
                    if (data.Length > 0)
                        _shown.Enqueue(new(type, data));
                    FirstCursor ??= id;
                    Cursor = id ?? Cursor;
                    (type, data, id) = ("", "", null);
                }
                else if (line.Split(": ", 2) is ["id", var cursor])
                    id = cursor;
                else if (line.Split(": ", 2) is ["event", var name])
                    type = name;
                else if (line.Split(": ", 2) is ["data", var json])
                    data = json;
            }
        }
        catch (Exception e)
            when (e is IOException or OperationCanceledException or HttpRequestException)
        {
            // Cut.
            return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // What an answer that is disposed of still reads, it reads from under the reader.
        await _cut.CancelAsync();
        await _reading;
        _answer.Dispose();
        _cut.Dispose();
    }
}
