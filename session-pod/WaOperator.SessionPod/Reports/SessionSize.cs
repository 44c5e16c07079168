namespace WaOperator.SessionPod.Reports;

/// <summary>
/// What a session holds in memory, as far as the pod counts it: fixed parts, taken from processes with a thousand idle sessions,
/// and what it buffers and keeps of its conversations now. What is not counted shows in the process's memory, and the operator
/// scales by that; so does the cache of encrypted records, which all sessions share and which is bounded as a whole.
/// </summary>
internal static class SessionSize
{
    /// <summary>Any session that is owned: its runner, journal and keys.</summary>
    public const long Owned = 16 * 1024;

    /// <summary>In addition while there is a socket: its buffers, ciphers and stanza router.</summary>
    public const long Socket = 44 * 1024;

    /// <summary>Bytes of a session.</summary>
    /// <param name="hasSocket">It dials, pairs or is logged in.</param>
    /// <param name="held">Bytes that it buffers, and of its records in memory (<see cref="WhatsApp.WhatsAppDevice.HeldBytes"/>).</param>
    public static long Of(bool hasSocket, long held) => Owned + (hasSocket ? Socket : 0) + held;
}
