namespace WaOperator.Simulator.Media;

/// <summary>What a client does with a file.</summary>
internal enum MediaUse
{
    /// <summary>POST.</summary>
    Upload,

    /// <summary>GET.</summary>
    Download,
}

/// <summary>A fault of the media hosts.</summary>
/// <param name="Use">Which requests fail; null: all.</param>
/// <param name="Status">The HTTP status that is answered; null: the file is sent or taken, and cut off.</param>
/// <param name="CutAfter">After how many bytes the connection is cut.</param>
/// <param name="Path">Only requests whose path contains this; null: all.</param>
internal sealed record MediaFault(MediaUse? Use, int? Status, long? CutAfter, string? Path)
{
    /// <summary>How many requests it still meets; null: all.</summary>
    public int? Left { get; set; }
}

/// <summary>The faults that were ordered.</summary>
internal sealed class MediaFaults
{
    private readonly Lock _gate = new();
    private readonly List<MediaFault> _faults = [];

    /// <summary>Orders a fault.</summary>
    public void Add(MediaFault fault)
    {
        lock (_gate)
            _faults.Add(fault);
    }

    /// <summary>Takes all faults back.</summary>
    public void Clear()
    {
        lock (_gate)
            _faults.Clear();
    }

    /// <summary>Takes back the faults that meet a path: what was gone is there again.</summary>
    public void Heal(string path)
    {
        lock (_gate)
            _faults.RemoveAll(f =>
                f.Path is { } part && path.Contains(part, StringComparison.Ordinal)
            );
    }

    /// <summary>The fault that meets a request, or null; counts it.</summary>
    public MediaFault? Meet(MediaUse use, string path)
    {
        lock (_gate)
        {
            var fault = _faults.Find(f =>
                f.Left is null or > 0
                && (f.Use is null || f.Use == use)
                && (f.Path is null || path.Contains(f.Path, StringComparison.Ordinal))
            );
            if (fault is { Left: not null })
                fault.Left--;
            return fault;
        }
    }
}
