using Npgsql;

namespace WaOperator.Store;

/// <summary>How a reported state is read, by its session's next owner and by the operator.</summary>
internal static class SessionStateSql
{
    /// <summary>The columns of a state in the order that <see cref="Read"/> expects, for a table alias <c>t</c>.</summary>
    public const string Columns = """
        t.session_id, t.epoch, t.phase, t.reason, t.message, t.paired, t.phone, t.jid, t.lid, t.platform,
        t.last_connected_at, t.reconnects, t.pair_request, t.logout_served, t.told, t.restore_request, t.history,
        t.history_full, t.history_lost, t.suspect, t.suspect_detail
        """;

    public static SessionState Read(NpgsqlDataReader r, int at) =>
        new()
        {
            SessionId = r.GetInt64(at),
            Epoch = r.GetInt64(at + 1),
            Phase = Enum.Parse<SessionPhase>(r.GetString(at + 2)),
            Reason = r.GetString(at + 3),
            Message = r.GetString(at + 4),
            Paired = r.GetBoolean(at + 5),
            Phone = r.TextOrNull(at + 6),
            Jid = r.TextOrNull(at + 7),
            Lid = r.TextOrNull(at + 8),
            Platform = r.TextOrNull(at + 9),
            LastConnectedAt = r.ValueOrNull<DateTimeOffset>(at + 10),
            Reconnects = r.GetInt32(at + 11),
            PairRequest = r.GetString(at + 12),
            LogoutServed = r.ValueOrNull<DateTimeOffset>(at + 13),
            Told = r.GetString(at + 14),
            RestoreRequest = r.GetString(at + 15),
            History = r.ValueOrNull<short>(at + 16),
            HistoryFull = r.ValueOrNull<short>(at + 17),
            HistoryLost = r.GetInt32(at + 18),
            Suspect = r.GetString(at + 19),
            SuspectDetail = r.GetString(at + 20),
        };
}
