using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>The journals of sessions, as pods that own them show them to a gateway.</summary>
internal sealed class FakeJournals
{
    private readonly Lock _turn = new();
    private readonly Dictionary<
        long,
        (FakePod? Owner, int Epoch, List<DateTimeOffset> Times)
    > _sessions = [];
    private readonly List<(FakePod Pod, HttpContext Http)> _streams = [];
    private readonly List<string> _passing = [];
    private TaskCompletionSource _changed = new();
    private bool _closed;

    /// <summary>Streams that were opened.</summary>
    public int Opened { get; private set; }

    /// <summary>Makes a pod show them.</summary>
    public void Serve(FakePod pod) => pod.Answer = http => StreamAsync(pod, http);

    /// <summary>A session is at a pod from now on, or at none.</summary>
    public void Own(FakeSession session, FakePod? pod) =>
        Change(() =>
        {
            var (_, epoch, times) = _sessions.GetValueOrDefault(session.Id);
            _sessions[session.Id] = (pod, epoch + 1, times ?? []);
        });

    /// <summary>Something happens to a session.</summary>
    public void Add(FakeSession session, int events = 1) =>
        Change(() =>
        {
            var now = TimeProvider.System.GetUtcNow();
            _sessions[session.Id].Times.AddRange(Enumerable.Repeat(now, events));
        });

    /// <summary>Something happens to a session that is stored nowhere.</summary>
    public void Pass(FakeSession session, string name) =>
        Change(() =>
            _passing.Add(
                $"id: {session.Id}:0\nevent: {name}\ndata: {{\"id\":\"pas_{_passing.Count}\"}}\n\n"
            )
        );

    /// <summary>The number of the last event.</summary>
    public long LastOf(FakeSession session)
    {
        lock (_turn)
            return _sessions[session.Id].Times.Count;
    }

    /// <summary>When the last event happened.</summary>
    public DateTimeOffset NewestAt
    {
        get
        {
            lock (_turn)
                return _sessions.Values.SelectMany(s => s.Times).Max();
        }
    }

    /// <summary>Pods end their streams since the key has ended.</summary>
    public void CloseStreams() => Change(() => _closed = true);

    /// <summary>The streams of a pod break off.</summary>
    public void Cut(FakePod pod)
    {
        (FakePod Pod, HttpContext Http)[] cut;
        lock (_turn)
            cut = [.. _streams.Where(s => s.Pod == pod)];
        foreach (var (_, http) in cut)
            http.Abort();
    }

    /// <summary>A stream that shows nothing.</summary>
    public static async Task HangAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.Body.FlushAsync();
        await new TaskCompletionSource()
            .Task.WaitAsync(http.RequestAborted)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_turn)
        {
            change();
            (changed, _changed) = (
                _changed,
                new(TaskCreationOptions.RunContinuationsAsynchronously)
            );
        }
        changed.TrySetResult();
    }

    private async Task StreamAsync(FakePod pod, HttpContext http)
    {
        var asked = JsonNode.Parse(http.Features.GetRequiredFeature<Asked>().Body)!;
        var epochs = new Dictionary<long, int>();
        var positions = new Dictionary<long, long>();
        var passed = 0;
        http.Response.ContentType = "text/event-stream";
        lock (_turn)
        {
            Opened++;
            passed = _passing.Count;
            _streams.Add((pod, http));
            foreach (var (name, seq) in asked["sessions"]!.AsObject())
            {
                var id = long.Parse(name, CultureInfo.InvariantCulture);
                epochs[id] = _sessions.GetValueOrDefault(id).Epoch;
                positions[id] = (long?)seq ?? -1;
            }
        }
        try
        {
            await http.Response.WriteAsync(": still here\n\n");
            while (!http.RequestAborted.IsCancellationRequested)
            {
                var (text, changed) = Next(pod, (long)asked["since"]!, epochs, positions);
                lock (_turn)
                {
                    text += string.Concat(_passing.Skip(passed));
                    passed = _passing.Count;
                }
                await http.Response.WriteAsync(text);
                await http.Response.Body.FlushAsync();
                await changed.WaitAsync(http.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return;
        }
        finally
        {
            lock (_turn)
                _streams.RemoveAll(s => s.Http == http);
        }
    }

    private (string Text, Task Changed) Next(
        FakePod pod,
        long since,
        Dictionary<long, int> epochs,
        Dictionary<long, long> positions
    )
    {
        var text = "";
        lock (_turn)
        {
            if (_closed)
                return ("event: closed\ndata: {\"reason\":\"x\"}\n\n", _changed.Task);
            foreach (var id in positions.Keys.ToArray())
            {
                var (owner, epoch, times) = _sessions.GetValueOrDefault(id);
                if (owner != pod || epoch != epochs[id])
                {
                    positions.Remove(id);
                    text += $"id: {id}:0\nevent: gone\n\n";
                    continue;
                }
                if (positions[id] < 0)
                {
                    positions[id] = times.Count(at =>
                        at <= DateTimeOffset.FromUnixTimeMilliseconds(since)
                    );
                    text += $"id: {id}:{positions[id]}\nevent: position\n\n";
                }
                while (positions[id] < times.Count)
                {
                    var seq = ++positions[id];
                    // Every third is of a type that is not asked for.
                    text +=
                        seq % 3 == 0
                            ? $"id: {id}:{seq}\nevent: position\n\n"
                            : $"id: {id}:{seq}\nevent: message.received\ndata: {{\"id\":\"evt_{id:x}_{seq}\"}}\n\n";
                }
            }
            return (text, _changed.Task);
        }
    }
}
