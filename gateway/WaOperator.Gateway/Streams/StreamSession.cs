using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>A session of a client's stream.</summary>
/// <param name="id">Its key in the database.</param>
/// <param name="seq">The number of the last event that the client has; null: it has none.</param>
internal sealed class StreamSession(long id, long? seq)
{
    /// <summary>Its key in the database.</summary>
    public long Id => id;

    /// <summary>Its names, its tenant, and its pod, as they were read last.</summary>
    public required TenantSession Row { get; set; }

    /// <summary>The number of the last event that the client has, or that is not shown; null: nothing is known.</summary>
    public long? Seq { get; private set; } = seq;

    /// <summary>Where its events come from; null: from nowhere at the moment.</summary>
    public PodFeed? Feed { get; set; }

    /// <summary>It was lost by a pod a moment ago: where it is now is looked at again and again.</summary>
    public bool Lost { get; set; }

    /// <summary>Its name.</summary>
    public SessionName Name => new(Row.Namespace, Row.Name);

    /// <summary>All up to a number are done.</summary>
    /// <returns>False: they were before.</returns>
    public bool MoveTo(long number)
    {
        if (Seq >= number)
            return false;
        Seq = number;
        return true;
    }
}
