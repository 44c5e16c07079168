namespace WaOperator.Kubernetes.Client;

/// <summary>Times of the connection to the API server. The defaults are those of client-go.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>How long a request may take to be answered; lists and watches: to begin to be. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a list may take as a whole. Default 2 min.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long to wait for a TCP and TLS connection. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this silence an HTTP/2 connection is asked whether it is alive. Default 30 s, at least 1 s.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without an answer to the ping after this long the connection and all on it end. Default 15 s, at least 1 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Who we say we are; seen in the audit log.</summary>
    public string UserAgent { get; init; } =
        $"WaOperator.Kubernetes/{typeof(KubernetesClientOptions).Assembly.GetName().Version?.ToString(3)}";
}
