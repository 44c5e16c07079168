using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace WaOperator.Gateway.Streams;

/// <summary>Server-sent events. The cursor is the id, which a browser sends when it comes again.</summary>
internal sealed class SseSink(HttpResponse response) : IEventSink
{
    private PipeWriter Body => response.BodyWriter;

    /// <inheritdoc/>
    public Task BeginAsync(CancellationToken ct)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        Body.Write("retry: 2000\n\n"u8);
        return FlushAsync(ct);
    }

    /// <inheritdoc/>
    public Task EventAsync(
        string type,
        ReadOnlyMemory<byte> data,
        string? cursor,
        CancellationToken ct
    )
    {
        if (cursor is not null)
            Write($"id: {cursor}\n");
        Write($"event: {type}\ndata: ");
        Body.Write(data.Span);
        Body.Write("\n\n"u8);
        return FlushAsync(ct);
    }

    /// <inheritdoc/>
    public Task CursorAsync(string cursor, CancellationToken ct)
    {
        // Without data it is no event, but the id is kept.
        Write($": still here\nid: {cursor}\n\n");
        return FlushAsync(ct);
    }

    /// <inheritdoc/>
    public Task EndAsync(string? reason, CancellationToken ct) =>
        reason is null
            ? Task.CompletedTask
            : EventAsync(ClosedEvent.Type, ClosedEvent.Json(reason), null, ct);

    private void Write(string text) => Encoding.UTF8.GetBytes(text, Body);

    private async Task FlushAsync(CancellationToken ct) => await Body.FlushAsync(ct);
}
