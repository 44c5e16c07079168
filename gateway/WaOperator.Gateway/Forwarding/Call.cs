using WaOperator.Api;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>A tenant's request on its way to the owner of a session.</summary>
/// <param name="http">The request.</param>
/// <param name="session">The session that its path names.</param>
/// <param name="opens">Whether it may be brought to the session, by where that is served.</param>
/// <param name="kind">What it is.</param>
internal sealed class Call(
    HttpContext http,
    SessionName session,
    Func<ServedPlace, bool> opens,
    RequestKind kind
)
{
    /// <summary>The request.</summary>
    public HttpContext Http => http;

    /// <summary>The session.</summary>
    public SessionName Session => session;

    /// <summary>The session's tenant: its key in the database.</summary>
    public long Tenant { get; set; }

    /// <summary>What is said if the session comes to rest while it waits; null: how the session rests.</summary>
    public ProblemAnswer? Resting { get; init; }

    /// <summary>Its body, where that is kept; null where it is not.</summary>
    public byte[]? Body { get; set; }

    /// <summary>The client's own body, where it is passed on as it comes.</summary>
    public WatchedBody? Passing { get; set; }

    /// <summary>The id of its message; null for none or several.</summary>
    public string? MessageId { get; set; }

    /// <summary>What happened so far.</summary>
    public History History { get; set; } = new(kind);

    /// <summary>Its session was given back, or its pod says that it moves: the wait ends by itself.</summary>
    public bool Planned { get; set; }

    /// <summary>How long it waited so far.</summary>
    public TimeSpan Held { get; set; }

    /// <summary>How often it waited.</summary>
    public int Waits { get; set; }

    /// <summary>Whether it may be brought to the session.</summary>
    /// <param name="place">Where that is served; null for no such session.</param>
    public bool Opens(ServedPlace? place) => place is not null && opens(place);
}
