namespace WaOperator.Kubernetes.Events;

/// <summary>How events are thinned out. The defaults are those of client-go.</summary>
public sealed record EventRecorderOptions
{
    /// <summary>Who reports, such as <c>wa-operator</c>.</summary>
    public required string Component { get; init; }

    /// <summary>Which instance of it, such as the pod's name.</summary>
    public string Instance { get; init; } = Environment.MachineName;

    /// <summary>The same event within this time is counted up instead of written again. Default 10 min.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>So many different messages of one reason within the window, and the rest become one event. Default 10.</summary>
    public int SimilarLimit { get; init; } = 10;

    /// <summary>Events of one object at once. Default 25.</summary>
    public int Burst { get; init; } = 25;

    /// <summary>After the burst, one event of an object in this time. Default 5 min.</summary>
    public TimeSpan Refill { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Objects and events that are remembered. Default 4096.</summary>
    public int Memory { get; init; } = 4096;

    /// <summary>Events that may wait to be written; more are dropped. Default 1000.</summary>
    public int Backlog { get; init; } = 1000;

    /// <summary>Pause between attempts to write an event. Default 10 s.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts to write an event. Default 12.</summary>
    public int Attempts { get; init; } = 12;
}
