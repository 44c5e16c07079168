using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Traffic;

/// <summary>
/// Each session writes to its neighbour through the gateway, one message after the other and so many a second together. A message that was
/// not accepted is tried again with its id, as a client does, so that each chat has an order.
/// </summary>
/// <param name="scene">The fleet.</param>
/// <param name="key">The tenant's API key.</param>
/// <param name="address">The gateway.</param>
/// <param name="planned">What happens is planned: no answer may be of 5xx.</param>
/// <param name="perSecond">Messages a second.</param>
internal sealed class GatewayWriters(
    Scene scene,
    string key,
    string address,
    bool planned,
    int perSecond = 500
) : Senders
{
    private const int LookersAtOnce = 8;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(
        new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }
    )
    {
        BaseAddress = new($"http://{address}"),
        Timeout = Patience,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };
    private readonly ConcurrentDictionary<int, int> _answers = new();
    private readonly ConcurrentDictionary<string, long> _before = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _refusals = new();
    private int _lost;
    private long _slowest;
    private TimeSpan _length;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    public override async Task CheckAsync(Trial trial)
    {
        var slowest = TimeSpan.FromTicks(_slowest);
        Scene.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Accepted.Count / _length.TotalSeconds:0} accepted a second; answers {string.Join(", ", _answers.OrderBy(a => a.Key).Select(a => $"{a.Value} of {a.Key}"))}; {_lost} connections lost; the slowest answer took {slowest.TotalSeconds:0.0} s"
            )
        );
        foreach (var refusal in _refusals.Take(3))
            Scene.Say(refusal);
        var failed = _answers.Where(a => a.Key >= 500).Sum(a => a.Value);
        if (planned && failed > 0)
            trial.Violations.Add($"{failed} answers of 5xx to sends during a planned change");
        // A planned change ends by itself, and is waited for longer than a crash.
        trial.Expect(planned || slowest <= Longest, "a request was held for more than 5 s");
        trial.Expect(
            Accepted.Count >= 0.95 * perSecond * _length.TotalSeconds,
            $"fewer than {perSecond} messages a second were accepted"
        );
        foreach (var wrong in await OutOfOrderAsync())
            trial.Violations.Add(wrong);
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        await EachSessionAsync(async session =>
            _before[Names.Session(session)] = await LastEventAsync(session)
        );
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(1, scene.Sessions).Select(s => WriteAsync(s, start)));
        _length = Stopwatch.GetElapsedTime(start);
    }

    private async Task WriteAsync(int from, long start)
    {
        var every = TimeSpan.FromSeconds((double)scene.Sessions / perSecond);
        var first = every * from / scene.Sessions;
        for (var n = 0; ; n++)
        {
            var early = first + (every * n) - Stopwatch.GetElapsedTime(start);
            if (!await ContinuesAfterAsync(early > TimeSpan.Zero ? early : TimeSpan.Zero))
                return;
            var id = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{from:0000}{n:00000}");
            var to = Names.Phone((from % scene.Sessions) + 1);
            Tried[id] = to;
            while (!await TrySendAsync(from, to, id))
                if (!await ContinuesAfterAsync(Again))
                    return;
        }
    }

    /// <returns>Whether the message was accepted.</returns>
    private async Task<bool> TrySendAsync(int from, string to, string id)
    {
        using var content = BodyOf(id, to);
        var asked = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _http.PostAsync(
                new Uri(Path(from) + "/messages", UriKind.Relative),
                content
            );
            _answers.AddOrUpdate((int)answer.StatusCode, 1, (_, count) => count + 1);
            Took(Stopwatch.GetElapsedTime(asked));
            // The first try may have been accepted although its answer was lost.
            if (answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.OK)
            {
                Accepted[id] = to;
                return true;
            }
            _refusals.Enqueue(
                $"{(int)answer.StatusCode} to {id}: {await answer.Content.ReadAsStringAsync()}"
            );
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // The connection's end is no answer; the same is tried again.
            Interlocked.Increment(ref _lost);
        }
        return false;
    }

    private void Took(TimeSpan time)
    {
        for (
            var slowest = Volatile.Read(ref _slowest);
            time.Ticks > slowest;
            slowest = Volatile.Read(ref _slowest)
        )
            if (Interlocked.CompareExchange(ref _slowest, time.Ticks, slowest) == slowest)
                return;
    }

    /// <summary>Reads what each session received, and says where it is not what was sent to it, each once and in order.</summary>
    private async Task<IReadOnlyCollection<string>> OutOfOrderAsync()
    {
        var wrong = new ConcurrentQueue<string>();
        var accepted = Accepted.ToLookup(a => a.Value, a => a.Key, StringComparer.Ordinal);
        await EachSessionAsync(async session =>
        {
            var received = await ReceivedAsync(session);
            var name = Names.Session(session);
            for (var i = 1; i < received.Count; i++)
                if (string.CompareOrdinal(received[i - 1], received[i]) >= 0)
                    wrong.Enqueue($"{name} received {received[i]} behind {received[i - 1]}");
            var missing = accepted[Names.Phone(session)].Except(received).Count();
            if (missing > 0)
                wrong.Enqueue($"{name} did not receive {missing} accepted message(s)");
        });
        return wrong;
    }

    /// <summary>Ids of this run's messages in a session's events since its beginning.</summary>
    private async Task<IReadOnlyList<string>> ReceivedAsync(int session)
    {
        var last = await LastEventAsync(session);
        var after = _before[Names.Session(session)];
        var ids = new List<string>();
        if (last == after)
            return ids;
        await using var stream = await _http.GetStreamAsync(
            new Uri(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path(session)}/events?after={after}"
                ),
                UriKind.Relative
            )
        );
        using var reader = new StreamReader(stream);
        var (number, type) = (after, "");
        // An event ends with an empty line; its number comes before what it says.
        while (await reader.ReadLineAsync() is { } line && (line.Length > 0 || number < last))
            switch (line.Split(": ", 2))
            {
                case ["event", var name]:
                    type = name;
                    break;
                case ["id", var id]:
                    number = long.Parse(id, CultureInfo.InvariantCulture);
                    break;
                case ["data", var data] when type == "message":
                    if (
                        (string?)JsonNode.Parse(data)!["id"] is { } message
                        && message.StartsWith(Prefix, StringComparison.Ordinal)
                    )
                        ids.Add(message);
                    break;
            }
        return ids;
    }

    private async Task<long> LastEventAsync(int session) =>
        (long)
            JsonNode.Parse(await _http.GetStringAsync(new Uri(Path(session), UriKind.Relative)))![
                "lastEvent"
            ]!;

    private Task EachSessionAsync(Func<int, Task> act) =>
        Parallel.ForEachAsync(
            Enumerable.Range(1, scene.Sessions),
            new ParallelOptions { MaxDegreeOfParallelism = LookersAtOnce },
            async (session, _) => await act(session)
        );

    private static string Path(int session) =>
        $"/v1/sessions/{Names.Fleet}/{Names.Session(session)}";
}
