namespace WaOperator.Resources;

/// <summary>
/// Types of conditions. <see cref="Ready"/> always stands; <see cref="Reconciling"/> and <see cref="Stalled"/> stand only
/// while they are true (kstatus), so that <c>kubectl wait</c>, Argo CD and Flux need no knowledge of the kinds.
/// </summary>
public static class ConditionTypes
{
    /// <summary>The object is as it was asked for.</summary>
    public const string Ready = "Ready";

    /// <summary>Work on it continues.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>Nothing continues until a person does something.</summary>
    public const string Stalled = "Stalled";

    /// <summary>Session: it has a shard.</summary>
    public const string Placed = "Placed";

    /// <summary>Session: a phone has scanned its code, and the keys are kept.</summary>
    public const string Paired = "Paired";

    /// <summary>Session: its socket is logged in.</summary>
    public const string Connected = "Connected";

    /// <summary>Session: WhatsApp lets its account write to no new chats for some time (463). Stands only while it is true.</summary>
    public const string Timelocked = "Timelocked";

    /// <summary>Session: its phone has given all that was asked for of the account's past. Stands only where something was asked for.</summary>
    public const string HistorySynced = "HistorySynced";

    /// <summary>Session: the stored address of its device looked wrong at its last login. Nothing follows from it. Stands only while it is true.</summary>
    public const string DeviceSuspect = "DeviceSuspect";

    /// <summary>Session: it claims more than its pool lets a session claim. Stands only while it is true.</summary>
    public const string Capped = "Capped";

    /// <summary>Pool: a shard holds more than its caps allow.</summary>
    public const string OverCapacity = "OverCapacity";

    /// <summary>Pool: the operator cannot use Redis, or not in full; all works, some of it seconds later. Stands only while it is true.</summary>
    public const string RedisUnavailable = "RedisUnavailable";
}
