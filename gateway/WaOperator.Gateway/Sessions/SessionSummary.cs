using WaOperator.Resources;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>A session as its resource and the last report say.</summary>
/// <param name="Namespace">Namespace of its resource.</param>
/// <param name="Name">Name of its resource.</param>
/// <param name="Phone">The number that its resource names.</param>
/// <param name="State">Its desired state: Active, Stopped or Deleting.</param>
/// <param name="Phase">What it is doing; Pending before any pod has reported it.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Message">Why, for people.</param>
/// <param name="Paired">Whether a phone is linked.</param>
internal sealed record SessionSummary(
    string Namespace,
    string Name,
    string Phone,
    string State,
    string Phase,
    string Reason,
    string Message,
    bool Paired
)
{
    /// <summary>The linked device's address.</summary>
    public string? Jid { get; init; }

    /// <summary>The pool that it is to run in.</summary>
    public string? Pool { get; init; }

    /// <summary>When it was connected last.</summary>
    public DateTimeOffset? LastConnectedAt { get; init; }

    /// <summary>How it is linked to its phone. In answers to writes only.</summary>
    public PairingWish? Pairing { get; init; }

    /// <summary>How much of the account's past is taken when it is linked. In answers to writes only.</summary>
    public string? History { get; init; }

    /// <summary>What becomes of the device when the session is deleted. In answers to writes only.</summary>
    public string? DeletionPolicy { get; init; }

    /// <summary>Labels of its resource. In answers to writes only.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>When it was created. In answers to writes only.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>As the database has it.</summary>
    public static SessionSummary Of(TenantSession row) =>
        new(
            row.Namespace,
            row.Name,
            row.Phone,
            row.Desired,
            row.Desired == SessionPhases.Deleting
                ? SessionPhases.Deleting
                : row.Phase ?? SessionPhases.Pending,
            row.Reason,
            row.Message,
            row.Paired
        )
        {
            Jid = row.Jid,
            Pool = row.Pool,
            LastConnectedAt = row.LastConnectedAt,
        };

    /// <summary>As its resource says.</summary>
    public static SessionSummary Of(SessionResource session)
    {
        var (meta, spec, status) = (session.Metadata, session.Desired(), session.Status);
        var leaving = meta.DeletionTimestamp is not null;
        return new(
            meta.Namespace ?? "",
            meta.Name ?? "",
            spec.PhoneNumber,
            leaving ? SessionPhases.Deleting : spec.State,
            leaving ? SessionPhases.Deleting : status?.Phase ?? SessionPhases.Pending,
            status?.Reason ?? "",
            status?.Message ?? "",
            status?.Conditions?.Any(c => c is { Type: ConditionTypes.Paired, Status: "True" })
                == true
        )
        {
            Pool = spec.Pool,
            LastConnectedAt = status?.LastConnected,
            Pairing = new()
            {
                Method = spec.Pairing.Method,
                DeviceName = spec.Pairing.DeviceName,
                PasskeyCode = spec.Pairing.PasskeyCode,
            },
            History = spec.History,
            DeletionPolicy = spec.DeletionPolicy,
            Labels = meta.Labels,
            CreatedAt = meta.CreationTimestamp,
        };
    }
}

/// <summary>A page of sessions.</summary>
/// <param name="Data">In the order in which they were made. A page may hold fewer than were asked for and not be the last.</param>
/// <param name="Next">To be given as <c>after</c> for the next page; left out on the last one.</param>
internal sealed record SessionPage(IReadOnlyList<SessionSummary> Data, string? Next);
