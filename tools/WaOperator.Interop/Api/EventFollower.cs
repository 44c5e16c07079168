using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace WaOperator.Interop.Api;

/// <summary>Follows a session's stream of events while it runs; it continues where it was stopped.</summary>
/// <param name="session">Whose.</param>
/// <param name="take">Takes each event, whose type is its <c>event</c>.</param>
internal sealed class EventFollower(ApiSession session, Action<JsonObject> take) : IAsyncDisposable
{
    private CancellationTokenSource? _stop;
    private Task _following = Task.CompletedTask;
    private string _last = "0";

    /// <summary>Opens the stream.</summary>
    public async Task StartAsync()
    {
        await StopAsync();
        _stop = new();
        _following = FollowAsync(_stop.Token);
    }

    /// <summary>Closes the stream.</summary>
    public async Task StopAsync()
    {
        if (_stop is not { } stop)
            return;
        _stop = null;
        await stop.CancelAsync();
        await _following;
        stop.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task FollowAsync(CancellationToken ct)
    {
        try
        {
            while (await ReadAsync(ct)) { }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
        catch (Exception e)
        {
            // What waits for an event says in its failure what became of the stream.
            take(new() { ["event"] = "stream-ended", ["message"] = e.Message });
        }
    }

    /// <summary>Reads one stream to its end.</summary>
    /// <returns>Whether another one may be opened.</returns>
    private async Task<bool> ReadAsync(CancellationToken ct)
    {
        using var answer = await session.StreamAsync(_last, ct);
        if (!answer.IsSuccessStatusCode)
        {
            var why = await answer.Content.ReadAsStringAsync(ct);
            take(new() { ["event"] = "stream-refused", ["message"] = why });
            return false;
        }
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(ct))
        {
            if (JsonNode.Parse(item.Data) is not JsonObject said)
                continue;
            said["event"] = item.EventType;
            take(said);
            _last = item.EventId is { Length: > 0 } id ? id : _last;
        }
        return true;
    }
}
