using System.Buffers;
using System.Globalization;
using System.Text;
using WaOperator.SessionPod.Api.Events;

namespace WaOperator.SessionPod.Streams;

/// <summary>
/// Writes a stream of many sessions as server-sent events. The id is SESSION:NUMBER, and says how far the stream is in that session's
/// journal; <c>position</c> says the same without an event, <c>gone</c> that the session is not served here.
/// </summary>
internal sealed class TenantStreamWriter(HttpResponse response)
{
    private const int MaxBuffer = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    /// <summary>Before anything is written.</summary>
    public void Begin()
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        Beat();
    }

    /// <summary>An event.</summary>
    public void Event(long session, long seq, string type, ReadOnlySpan<byte> data)
    {
        Write($"id: {session}:{seq}\nevent: {type}\ndata: ");
        _buffer.Write(data);
        _buffer.Write("\n\n"u8);
    }

    /// <summary>An event that is stored nowhere: it has the number 0, and moves no cursor.</summary>
    public void Passing(long session, string type, ReadOnlySpan<byte> data) =>
        Event(session, 0, type, data);

    /// <summary>All up to a number were seen, though not all are shown.</summary>
    public void Position(long session, long seq) =>
        Write($"id: {session}:{seq}\nevent: position\n\n");

    /// <summary>The session is not served here.</summary>
    public void Gone(long session) => Write($"id: {session}:0\nevent: gone\n\n");

    /// <summary>The stream ends for a reason that the client is to know.</summary>
    public void Closed(string reason)
    {
        var shown = TenantEvents.Closed(reason);
        Write($"event: {shown.Name}\ndata: ");
        _buffer.Write(shown.Json);
        _buffer.Write("\n\n"u8);
    }

    /// <summary>A sign of life.</summary>
    public void Beat() => _buffer.Write(": still here\n\n"u8);

    /// <summary>Sends what is there if it is much. Waits for the client: the rest waits in the database.</summary>
    public ValueTask FlushIfFullAsync(CancellationToken ct) =>
        _buffer.WrittenCount >= MaxBuffer ? new(FlushAsync(ct)) : default;

    /// <summary>Sends what is there.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        if (_buffer.WrittenCount == 0)
            return;
        await response.Body.WriteAsync(_buffer.WrittenMemory, ct);
        await response.Body.FlushAsync(ct);
        _buffer.ResetWrittenCount();
    }

    private void Write(FormattableString text) =>
        _buffer.Write(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture)));
}
