namespace WaOperator.Gateway.Metrics;

/// <summary>How streams of events are read, as <c>wa_gateway_streams</c> names it.</summary>
internal static class StreamKinds
{
    /// <summary>As server-sent events.</summary>
    public const string Sse = "sse";

    /// <summary>Over a WebSocket.</summary>
    public const string WebSocket = "websocket";

    /// <summary>By a consumer, for as long as it waits for events.</summary>
    public const string Consumer = "consumer";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Sse, WebSocket, Consumer];
}
