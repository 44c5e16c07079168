using Npgsql;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Text;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>Writes rows of sessions, many at once, and remembers how each fared.</summary>
internal sealed partial class SessionRows(
    DesiredStore store,
    SessionBook book,
    Caches caches,
    RetainedKeys retained,
    PhoneArbiter phones,
    Refusals refusals,
    IHints hints,
    ILogger<SessionRows> logger
)
{
    /// <summary>Writes them; what PostgreSQL refuses keeps none of the others back.</summary>
    public async Task PutAsync(IReadOnlyCollection<SessionRow> rows, CancellationToken ct)
    {
        // What was refused before is tried by itself: the others need not be halved for it again.
        var again = rows.Where(r => refusals.Of(r) is not null).ToList();
        foreach (
            var batch in again
                .Select(r => new List<SessionRow> { r })
                .Prepend([.. rows.Except(again)])
        )
            await Halving.WriteAsync(batch, r => WriteAsync(r, ct), Decline);
    }

    private async Task WriteAsync(List<SessionRow> rows, CancellationToken ct)
    {
        var byUid = rows.ToDictionary(r => r.Uid, StringComparer.Ordinal);
        foreach (var result in await store.PutSessionsAsync(rows, ct))
        {
            var row = byUid[result.Uid];
            if (result.Id is { } id)
                Taken(row, id);
            else
                Conflict(row, result.HeldBy);
        }
    }

    private void Taken(SessionRow row, long id)
    {
        var refused = refusals.Of(row);
        refusals.Forget(row.Uid);
        var adopted = retained.Adopt(id, row, out var seen);
        var facts = book.Update(
            row.Uid,
            new(row.Namespace, row.Name),
            f =>
                f with
                {
                    Stored = new(id, row),
                    Trouble = f.Trouble == refused ? null : f.Trouble,
                    Observed = adopted ? seen : f.Observed,
                }
        );
        Log.Projected(logger, facts.Name, Mask.Phone(row.Phone), row.Desired, adopted);
        hints.PlacementChanged(facts);
    }

    /// <summary>The database knows another session that has the phone.</summary>
    private void Conflict(SessionRow row, string? heldBy)
    {
        var name = new NamespacedName(row.Namespace, row.Name);
        // Others who want the phone are not told: it is not free, and each would be refused and tell the next.
        book.GiveBackPhone(row.Uid);
        if (caches.Sessions.Store[name] is { } session)
            book.Update(
                row.Uid,
                name,
                f =>
                    f with
                    {
                        Trouble = Admission.Conflict(session, NamespacedName.Parse(heldBy ?? "")),
                    }
            );
    }

    /// <summary>PostgreSQL refuses the row. A session that is stored continues as it was; one that is not keeps its number from no other.</summary>
    private void Decline(SessionRow row, PostgresException why)
    {
        var (name, before) = (new NamespacedName(row.Namespace, row.Name), refusals.Of(row));
        var trouble = refusals.Add(row, why);
        if (before != trouble)
            Log.Declined(logger, name, why.MessageText);
        if (book.Update(row.Uid, name, f => f with { Trouble = trouble }).Stored is null)
            phones.Free(row.Uid);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionRowsProjected,
            LogLevel.Information,
            "{Session} (phone {Phone}) is projected as {Desired}; kept keys adopted: {Adopted}"
        )]
        public static partial void Projected(
            ILogger logger,
            NamespacedName session,
            string phone,
            DesiredState desired,
            bool adopted
        );

        [LoggerMessage(
            EventIds.SessionRowsDeclined,
            LogLevel.Warning,
            "PostgreSQL refuses the row of {Session}; the others are written: {Why}"
        )]
        public static partial void Declined(ILogger logger, NamespacedName session, string why);
    }
}
