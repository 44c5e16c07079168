using System.Text;

namespace WaOperator.Gateway.Consumers;

/// <summary>Writes pages of events as answers.</summary>
internal static class PageAnswer
{
    /// <summary>A reader that has not taken its page by then is cut off: the page and its place are held no longer.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Writes a page, and waits until the reader has taken it but for what the connection buffers.</summary>
    /// <param name="http">The request.</param>
    /// <param name="events">With commas between them.</param>
    /// <param name="cursor">What the reader acknowledges.</param>
    /// <param name="time">The clock.</param>
    public static async Task WriteAsync(
        HttpContext http,
        ReadOnlyMemory<byte> events,
        ConsumerCursor cursor,
        TimeProvider time
    )
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        using var limit = new CancellationTokenSource(Limit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            limit.Token,
            http.RequestAborted
        );
        var body = http.Response.BodyWriter;
        try
        {
            await body.WriteAsync("{\"events\":["u8.ToArray(), end.Token);
            await body.WriteAsync(events, end.Token);
            await body.WriteAsync(
                Encoding.ASCII.GetBytes($"],\"cursor\":\"{cursor.Write()}\"}}"),
                end.Token
            );
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // Half a page must not look like a whole one.
            http.Abort();
        }
    }
}
