using System.Text;
using System.Text.Json;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>A session's pairing as server-sent events, until it is done or has come to nothing.</summary>
/// <param name="session">The session.</param>
/// <param name="response">Where to write.</param>
/// <param name="time">The clock.</param>
/// <param name="viewer">What the client may see.</param>
internal sealed class PairingStream(
    IServedSession session,
    HttpResponse response,
    TimeProvider time,
    PairingViewer viewer
)
{
    /// <summary>The longest that a stream may take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(180);

    /// <summary>How often a stream without events shows that it lives: a gateway gives up a pod that is silent for 30 s.</summary>
    public static readonly TimeSpan Ping = TimeSpan.FromSeconds(20);

    /// <summary>Streams until the pairing ends, the session, or the client goes.</summary>
    /// <param name="ct">Cancelled when the client goes.</param>
    public async Task RunAsync(CancellationToken ct)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        var began = time.GetTimestamp();
        PairingAnswer? told = null;
        while (true)
        {
            var change = session.NextChange();
            if (viewer.Look() is not { } now)
                return;
            if (session.Ended)
            {
                await EndAsync(now, "Moved", "the session moves to another pod; ask again", ct);
                return;
            }
            if (!IsTold(now, told))
            {
                var name = PairingProgress.EventOf(now, first: told is null);
                await TellAsync(name, now.Drawn(), ct);
                if (name is "complete" or "error")
                    return;
                told = now;
            }
            var left = viewer.Longest - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                await EndAsync(
                    now,
                    "StreamEnded",
                    $"a stream of a pairing ends after {viewer.Longest.TotalSeconds:0} s; ask again",
                    ct
                );
                return;
            }
            if (await ChangedAsync(change, left < Ping ? left : Ping, ct))
                continue;
            if (!await IsStillOpenAsync())
            {
                await EndAsync(now, "KeyRevoked", "the API key is no longer valid", ct);
                return;
            }
            await WriteAsync(": still here\n\n", ct);
        }
    }

    /// <summary>Options have no equality of their own; when they expire tells them apart.</summary>
    private static bool IsTold(PairingAnswer now, PairingAnswer? told) =>
        told is not null && now with { Passkey = null } == told with { Passkey = null };

    private async Task<bool> ChangedAsync(Task change, TimeSpan most, CancellationToken ct)
    {
        try
        {
            await change.WaitAsync(most, time, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task<bool> IsStillOpenAsync()
    {
        try
        {
            return await viewer.IsStillOpenAsync();
        }
        catch (Exception e) when (CommitFailure.Classify(e) is not null)
        {
            // That is not known without PostgreSQL; no device is linked then either.
            return true;
        }
    }

    private Task EndAsync(PairingAnswer last, string reason, string why, CancellationToken ct) =>
        TellAsync("error", new(last.State, reason, why), ct);

    private Task TellAsync(string name, PairingAnswer answer, CancellationToken ct) =>
        WriteAsync(
            $"event: {name}\ndata: {JsonSerializer.Serialize(answer, PairingJson.Default.PairingAnswer)}\n\n",
            ct
        );

    private async Task WriteAsync(string text, CancellationToken ct)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await response.Body.FlushAsync(ct);
    }
}
