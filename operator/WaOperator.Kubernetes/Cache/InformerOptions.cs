namespace WaOperator.Kubernetes.Cache;

/// <summary>What an informer keeps.</summary>
public sealed record InformerOptions
{
    /// <summary>The namespaces to keep objects of; null or empty: all. Ignored for kinds without namespaces.</summary>
    public IReadOnlyList<string>? Namespaces { get; init; }

    /// <inheritdoc cref="Client.ListOptions.LabelSelector"/>
    public string? LabelSelector { get; init; }

    /// <inheritdoc cref="Client.ListOptions.FieldSelector"/>
    public string? FieldSelector { get; init; }

    /// <summary>Times of the watch.</summary>
    public ReflectorOptions Reflector { get; init; } = new();
}

/// <summary>How a reflector lists and watches. The defaults are those of client-go; tests scale them down.</summary>
public sealed record ReflectorOptions
{
    /// <summary>The first pause after a failure; doubles with each. Default 800 ms.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>The longest pause, before jitter. Default 30 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this long without a failure the pauses begin again. Default 2 min.</summary>
    public TimeSpan BackoffReset { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Pauses are lengthened by a random part of up to this much. Default 1 (up to twice as long).</summary>
    public double Jitter { get; init; } = 1;

    /// <summary>
    /// The server ends a watch after a random time between this and twice this, so that the watches of many clients
    /// spread over its instances again. Whole seconds. Default 5 min.
    /// </summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch that outlives its server-side timeout by this much is dead and is cut. Default 30 s.</summary>
    public TimeSpan WatchdogMargin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A watch that ended sooner than this and brought nothing counts as a failure. Default 1 s.</summary>
    public TimeSpan ShortWatch { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Objects per page of a list. Default 500.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Get the first state through the watch where the server can do that (from 1.27). Default true.</summary>
    public bool UseWatchList { get; init; } = true;
}
