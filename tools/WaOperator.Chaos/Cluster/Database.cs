using WaOperator.Testing;

namespace WaOperator.Chaos.Cluster;

/// <summary>Where a session is by the tables: placed, owned, and by which epoch.</summary>
internal sealed record Place(int? Placed, string Reason, int? Owned, long Epoch, string Phase);

/// <summary>Entries of one type in a session's journal: how many, and the sum of their numbers.</summary>
internal readonly record struct JournalSum(long Count, long Sum)
{
    public static JournalSum operator -(JournalSum a, JournalSum b) =>
        new(a.Count - b.Count, a.Sum - b.Sum);
}

/// <summary>The cluster's PostgreSQL, asked by psql in its own pod.</summary>
internal static class Database
{
    public static async Task<string> QueryAsync(string sql) =>
        (
            await Shell.RunAsync(
                "kubectl",
                [
                    "-n",
                    Names.Release,
                    "exec",
                    "wa-postgresql-0",
                    "--",
                    "psql",
                    "-U",
                    "wa",
                    "-d",
                    "wa",
                    "-Atc",
                    sql,
                ]
            )
        )
            .Succeeded("psql: " + sql)
            .Out.Trim();

    /// <summary>All sessions of the fleet by their phone's number.</summary>
    public static async Task<IReadOnlyDictionary<string, Place>> PlacesAsync()
    {
        var rows = await QueryAsync(
            $"""
            select s.phone, coalesce(p.ordinal::text, ''), coalesce(p.reason, ''), coalesce(o.ordinal::text, ''),
                   coalesce(o.epoch, 0), coalesce(t.phase, '')
              from wa.session s
              left join wa.placement p on p.session_id = s.id
              left join wa.session_owner o on o.session_id = s.id
              left join wa.session_state t on t.session_id = s.id
             where s.namespace = '{Names.Fleet}'
            """
        );
        return rows.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split('|'))
            .ToDictionary(
                f => f[0],
                f => new Place(
                    Ordinal(f[1]),
                    f[2],
                    Ordinal(f[3]),
                    long.Parse(f[4], Invariant),
                    f[5]
                )
            );
    }

    /// <summary>Sessions whose keys are stored.</summary>
    public static async Task<int> KeptAsync() =>
        int.Parse(
            await QueryAsync("select count(distinct session_id) from wa.session_key"),
            Invariant
        );

    /// <summary>The state of a message in an outbox that the server has taken over.</summary>
    public const int Acked = 2;

    /// <summary>States of the messages in all outboxes whose ids begin so.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> OutboxAsync(string prefix) =>
        Pairs(
            await QueryAsync($"select id, state from wa.session_outbox where id like '{prefix}%'")
        );

    /// <summary>How many messages stand in each session's journal, by its phone's number.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> ReceivedAsync() =>
        Pairs(
            await QueryAsync(
                "select s.phone, count(*) from wa.session_event e join wa.session s on s.id = e.session_id where e.type = 'message' group by 1"
            )
        );

    /// <summary>What stands in the journals of the fleet's sessions, by session and stored type.</summary>
    public static async Task<
        IReadOnlyDictionary<(string Session, string Type), JournalSum>
    > JournalAsync() => (
            await QueryAsync(
                $"""
                select s.namespace || '/' || s.name, e.type, count(*), sum(e.seq)
                  from wa.session_event e join wa.session s on s.id = e.session_id where s.namespace = '{Names.Fleet}' group by 1, 2
                """
            )
        ).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split('|')).ToDictionary(f => (f[0], f[1]), f => new JournalSum(long.Parse(f[2], Invariant), long.Parse(f[3], Invariant)));

    /// <summary>Rows that were ever written of how far webhooks are, and of events that they parked.</summary>
    public static async Task<(long Cursors, long Parked)> WebhookWritesAsync()
    {
        var written = Pairs(
            await QueryAsync(
                """
                select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables
                 where schemaname = 'wa' and relname in ('webhook_cursor', 'webhook_parked')
                """
            )
        );
        return (written["webhook_cursor"], written["webhook_parked"]);
    }

    /// <summary>
    /// What happened to webhooks and sessions in the last hour, and what a shard reported, was so much earlier; older events stay, so that none
    /// of them is pruned. The report itself becomes ten minutes old: the next pod believes none that is older than a quarter of an hour.
    /// </summary>
    public static Task DateBackAsync(int shard, TimeSpan by) =>
        QueryAsync(
            string.Create(
                Invariant,
                $"""
                with d as (select interval '{by.TotalHours} hours' as by),
                     e as (update wa.session_event set at = at - d.by from d where at > now() - interval '1 hour'),
                     r as (update wa.webhook_report set failing_since = failing_since - d.by, last_success_at = last_success_at - d.by,
                             reported_at = reported_at - interval '10 minutes' from d where ordinal = {shard})
                update wa.webhook set created_at = created_at - d.by from d
                """
            )
        );

    /// <summary>For how long a webhook's endpoint has failed as a shard reported it since <see cref="DateBackAsync"/>.</summary>
    public static async Task<TimeSpan> FailingForAsync(int shard) =>
        TimeSpan.FromSeconds(
            double.Parse(
                await QueryAsync(
                    $"select coalesce(max(extract(epoch from now() - failing_since)), 0) from wa.webhook_report where ordinal = {shard} and reported_at > now() - interval '5 minutes'"
                ),
                Invariant
            )
        );

    private static Dictionary<string, int> Pairs(string rows) =>
        rows.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split('|'))
            .ToDictionary(f => f[0], f => int.Parse(f[1], Invariant));

    private static System.Globalization.CultureInfo Invariant =>
        System.Globalization.CultureInfo.InvariantCulture;

    private static int? Ordinal(string text) =>
        text.Length == 0 ? null : int.Parse(text, Invariant);
}
