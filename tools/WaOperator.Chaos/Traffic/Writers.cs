using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Traffic;

/// <summary>Sessions write to each other by the API of their pods, each to its neighbour.</summary>
internal sealed class Writers(Scene scene, string key) : Senders
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MapEvery = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = Patience })
    {
        Timeout = Patience,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };
    private IReadOnlyDictionary<string, string> _pods = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task RunAsync() => Task.WhenAll(MapAsync(), WriteAsync());

    private async Task WriteAsync()
    {
        var sent = new List<Task>();
        for (var n = 0; await ContinuesAfterAsync(Pause); n++)
        {
            var from = Random.Shared.Next(1, scene.Sessions + 1);
            sent.Add(SendAsync(n, from));
            sent.RemoveAll(t => t.IsCompleted);
        }
        await Task.WhenAll(sent);
    }

    private async Task SendAsync(int n, int from)
    {
        var to = Names.Phone((from % scene.Sessions) + 1);
        if (!_pods.TryGetValue(Names.Phone(from), out var address))
            return;
        var id = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{n:000000}");
        Tried[id] = to;
        try
        {
            using var content = BodyOf(id, to);
            using var answer = await _http.PostAsync(
                new Uri(
                    $"http://{address}:8081/v1/sessions/{Names.Fleet}/{Names.Session(from)}/messages"
                ),
                content
            );
            if (answer.StatusCode == HttpStatusCode.Accepted)
                Accepted[id] = to;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // No one said that it was accepted; it may have been.
            return;
        }
    }

    /// <summary>Keeps up with who runs which session.</summary>
    private async Task MapAsync()
    {
        do
        {
            try
            {
                var addresses = await scene.Pool.AddressesAsync();
                _pods = (await Database.PlacesAsync())
                    .Where(p => p.Value.Owned is { } shard && addresses.ContainsKey(shard))
                    .ToDictionary(p => p.Key, p => addresses[p.Value.Owned!.Value]);
            }
            catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
            {
                // PostgreSQL is away: the map stays as it was.
                continue;
            }
        } while (await ContinuesAfterAsync(MapEvery));
    }
}
