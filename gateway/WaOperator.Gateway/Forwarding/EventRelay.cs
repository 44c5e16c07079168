using System.Buffers;
using System.Net;
using Microsoft.Net.Http.Headers;
using WaOperator.Gateway.Metrics;
using WaOperator.Store;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// A session's stream of events, for as long as the client stays: when its pod ends it or is lost, it is opened at the next owner behind
/// the last event that the client has, and the client sees none of that.
/// </summary>
internal sealed class EventRelay(
    Owners owners,
    PlaceWatch watch,
    PodShares pods,
    PodAddress address,
    PodLink link,
    GatewayMetrics metrics,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>How long a stream waits for the next owner before it ends.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int Part = 8 * 1024;
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly byte[] Beat = ": still here\n\n"u8.ToArray();

    // What a pod's answer depends on.
    private static readonly string[] Passed =
    [
        HeaderNames.Accept,
        HeaderNames.Authorization,
        HeaderNames.UserAgent,
        HeaderNames.TraceParent,
        HeaderNames.TraceState,
    ];

    /// <summary>Streams from this pod, and from those that follow it.</summary>
    public async Task<Outcome> RunAsync(Call call, string pod)
    {
        var http = call.Http;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            var (outcome, stream) = await OpenAsync(call, pod, end.Token);
            if (stream is null)
                return outcome;
            var response = http.Response;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Accel-Buffering"] = "no";
            using var open = metrics.StreamOpened(StreamKinds.Sse);
            await StreamAsync(call, stream, end.Token);
            return Outcome.Answered;
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            // The gateway stops: the stream ends, and the client comes again with its cursor.
            return Outcome.Answered;
        }
        catch (OperationCanceledException)
        {
            return Outcome.ClientGone;
        }
    }

    private async Task StreamAsync(Call call, PodStream first, CancellationToken ct)
    {
        var blocks = new EventBlocks();
        try
        {
            for (var stream = first; stream is not null; )
            {
                using (stream)
                    await CopyAsync(stream, blocks, call.Http.Response, ct);
                if (blocks.Closed)
                    return;
                blocks.Continue();
                stream = await ReopenAsync(call, blocks.LastId, ct);
                metrics.Resent("stream");
            }
        }
        finally
        {
            blocks.Continue();
        }
    }

    /// <summary>Passes events on until the pod ends them or is lost.</summary>
    private static async Task CopyAsync(
        PodStream stream,
        EventBlocks blocks,
        HttpResponse response,
        CancellationToken ct
    )
    {
        try
        {
            var body = await stream.Answer.Content.ReadAsStreamAsync(ct);
            while (!blocks.Closed)
            {
                // Waits without a buffer; nothing is read.
#pragma warning disable CA2022, MA0060
                await body.ReadAsync(Memory<byte>.Empty, ct);
#pragma warning restore CA2022, MA0060
                var part = ArrayPool<byte>.Shared.Rent(Part);
                try
                {
                    var read = await body.ReadAsync(part, ct);
                    if (read == 0)
                        return;
                    blocks.Add(part.AsSpan(0, read), response.BodyWriter);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(part);
                }
                await response.BodyWriter.FlushAsync(ct);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // Lost: what is missing comes from the next owner.
            return;
        }
    }

    private async Task<(Outcome, PodStream?)> OpenAsync(Call call, string pod, CancellationToken ct)
    {
        if (!pods.TryEnter(pod))
            return (Outcome.Busy, null);
        var stream = await AskAsync(call, pod, null, ct);
        if (stream.Failure is { } failure)
        {
            stream.Dispose();
            return (failure, null);
        }
        if (stream.Streams)
            return (Outcome.Answered, stream);
        using (stream)
            return (await AnswerAsync(call.Http.Response, stream.Answer, ct), null);
    }

    /// <summary>A refusal, for the client or of the place.</summary>
    private static async Task<Outcome> AnswerAsync(
        HttpResponse response,
        HttpResponseMessage answer,
        CancellationToken ct
    )
    {
        try
        {
            using var head = await AnswerHead.ReadAsync(
                await answer.Content.ReadAsStreamAsync(ct),
                ct
            );
            if (
                PodAnswer.Unserved(RequestKind.Events, (int)answer.StatusCode, head.Memory.Span) is
                { } unserved
            )
                return unserved;
            response.StatusCode = (int)answer.StatusCode;
            response.ContentType = answer.Content.Headers.ContentType?.ToString();
            foreach (var name in (string[])[HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate])
                if (answer.Headers.TryGetValues(name, out var values))
                    response.Headers[name] = values.ToArray();
            await response.Body.WriteAsync(head.Memory, ct);
            return Outcome.Answered;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return Outcome.Lost;
        }
    }

    /// <summary>Opens the stream at the next owner.</summary>
    /// <returns>Null: it is at its end, or no owner came.</returns>
    private async Task<PodStream?> ReopenAsync(Call call, string? lastId, CancellationToken ct)
    {
        owners.Forget(call.Session);
        var (began, beat) = (time.GetTimestamp(), time.GetTimestamp());
        var pause = FirstPause;
        while (time.GetElapsedTime(began) < Patience)
        {
            var (isOver, stream) = await TryAgainAsync(call, lastId, ct);
            if (stream is not null || isOver)
                return stream;
            if (time.GetElapsedTime(beat) >= BeatEvery)
            {
                beat = time.GetTimestamp();
                await call.Http.Response.Body.WriteAsync(Beat, ct);
                await call.Http.Response.Body.FlushAsync(ct);
            }
            await Task.Delay(pause, time, ct);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        return null;
    }

    private async Task<(bool IsOver, PodStream? Stream)> TryAgainAsync(
        Call call,
        string? lastId,
        CancellationToken ct
    )
    {
        try
        {
            var place = await watch.NextAsync(call.Session, ct);
            if (!call.Opens(place))
                return (true, null);
            if (place is not { Pod: not null } || address(place) is not { } pod)
                return (false, null);
            if (!pods.TryEnter(pod))
                return (false, null);
            var stream = await AskAsync(call, pod, lastId, ct);
            if (stream.Streams)
                return (false, stream);
            using (stream)
                return (IsFinal(stream), null);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return (false, null);
        }
    }

    // The client's own errors do not pass; what is of the moment does.
    private static bool IsFinal(PodStream stream) =>
        stream.Failure is null
        && (int)stream.Answer.StatusCode is >= 400 and < 500
        && stream.Answer.StatusCode
            is not (HttpStatusCode.MisdirectedRequest or HttpStatusCode.TooManyRequests);

    /// <summary>Asks a pod, whose place is taken; the stream gives it back.</summary>
    private async Task<PodStream> AskAsync(
        Call call,
        string pod,
        string? lastId,
        CancellationToken ct
    )
    {
        var asked = call.Http.Request;
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(
                $"http://{pod}{asked.Path.ToUriComponent()}{asked.QueryString.ToUriComponent()}"
            )
        )
        {
            Version = HttpVersion.Version11,
        };
        foreach (var name in Passed)
            request.Headers.TryAddWithoutValidation(
                name,
                (IEnumerable<string?>)asked.Headers[name]
            );
        if ((lastId ?? asked.Headers["Last-Event-ID"]) is { Length: > 0 } cursor)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", cursor);
        ForwardedHeaders.Set(call.Http, request);
        try
        {
            return new(pods, pod, await link.Client.SendAsync(request, ct), null);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return new(
                pods,
                pod,
                new HttpResponseMessage(HttpStatusCode.BadGateway),
                PodUnreachableException.IsCauseOf(e) ? Outcome.Unreachable : Outcome.Lost
            );
        }
        catch
        {
            pods.Leave(pod);
            throw;
        }
    }
}
