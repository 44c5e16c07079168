using System.Buffers.Binary;
using System.Text.Json;
using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>A call of a tenant's API, or several that differ in nothing but their subject.</summary>
/// <param name="Id">Version 7, of the time of the first call (<see cref="AuditLog.IdAt"/>).</param>
/// <param name="At">When the first was answered.</param>
/// <param name="Who">Where the key stands, as Secret/key, or what was used in its place; null if that is not known.</param>
/// <param name="Operation">The <c>operationId</c> of the API's description.</param>
/// <param name="Namespace">The namespace of the session that it is about; null for none.</param>
/// <param name="Session">The name of that session; null for none.</param>
/// <param name="Status">HTTP status of the answer; 499 if the client had gone before it.</param>
/// <param name="Calls">How many calls, 1 or more.</param>
/// <param name="Subjects">Ids of the messages and files that they were about, as far as known.</param>
public sealed record AuditEntry(
    Guid Id,
    DateTimeOffset At,
    string? Who,
    string Operation,
    string? Namespace,
    string? Session,
    int Status,
    int Calls,
    IReadOnlyList<string> Subjects
);

/// <summary>Which sessions' entries of a tenant are asked for.</summary>
/// <param name="Tenant">The tenant's key in the database.</param>
/// <param name="Sessions">Names of sessions; null for all entries, also those that are about no session.</param>
public sealed record AuditSpan(long Tenant, IReadOnlyList<string>? Sessions);

/// <summary>Which entries are asked for. Null: any.</summary>
/// <param name="Who">By this key.</param>
/// <param name="Operation">Of this operation.</param>
/// <param name="Namespace">About a session in this namespace.</param>
/// <param name="Session">About the session of this name.</param>
/// <param name="Status">Answered so.</param>
public sealed record AuditFilter(
    string? Who = null,
    string? Operation = null,
    string? Namespace = null,
    string? Session = null,
    int? Status = null
);

/// <summary>Entries that were found.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Rest">Where there may be more that were not looked at: those with a lesser id. Null: all were.</param>
public sealed record AuditEntries(IReadOnlyList<AuditEntry> Entries, Guid? Rest);

/// <summary>Who called what of the tenants' API. Entries are kept for 90 days.</summary>
public sealed class AuditLog(NpgsqlDataSource database)
{
    /// <summary>How many entries of each tenant one call of <see cref="ReadAsync"/> looks at.</summary>
    public const int MostLooked = 20_000;

    /// <summary>The most entries of one call of <see cref="AppendAsync"/>.</summary>
    public const int MaxAppended = 1000;

    /// <summary>The least id of entries of that moment.</summary>
    /// <param name="at">Not before 1970.</param>
    public static Guid IdAt(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        return new(bytes, bigEndian: true);
    }

    /// <summary>Adds entries. Those that are there already stay as they are: after a failure the same may be added again.</summary>
    /// <param name="entries">With their tenants; at most <see cref="MaxAppended"/>.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task AppendAsync(
        IReadOnlyCollection<(long Tenant, AuditEntry Entry)> entries,
        CancellationToken ct = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, MaxAppended, nameof(entries));
        // The names are those of the function's columns.
        var rows = entries.Select(e => new
        {
            tenant = e.Tenant,
            id = e.Entry.Id,
            at = e.Entry.At,
            who = e.Entry.Who,
            operation = e.Entry.Operation,
            @namespace = e.Entry.Namespace,
            session = e.Entry.Session,
            status = e.Entry.Status,
            calls = e.Entry.Calls,
            subjects = e.Entry.Subjects,
        });
        // Added twice they are there once: it may be tried again as a look-up is.
        await database.LookUpAsync(
            "select wa.audit_append($1::jsonb)",
            [JsonSerializer.Serialize(rows)],
            static _ => 0,
            ct
        );
    }

    /// <summary>Takes away entries that are older than 90 days, up to 10,000 of them.</summary>
    /// <returns>How many; 0 also while another does it.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<int> TrimAsync(CancellationToken ct = default)
    {
        await using var command = database.Command("select wa.audit_trim()");
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Entries, newest first.</summary>
    /// <param name="spans">Whose.</param>
    /// <param name="after">Only those with a greater id.</param>
    /// <param name="before">Only those with a lesser id.</param>
    /// <param name="filter">Which of them.</param>
    /// <param name="limit">How many at most, 1 to 1,001.</param>
    /// <param name="look">How many of each tenant are looked at, 1 or more.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<AuditEntries> ReadAsync(
        IReadOnlyCollection<AuditSpan> spans,
        Guid after,
        Guid before,
        AuditFilter filter,
        int limit,
        int look = MostLooked,
        CancellationToken ct = default
    )
    {
        var named = spans
            .Where(s => s.Sessions is not null)
            .SelectMany(s => s.Sessions!.Select(name => (s.Tenant, Name: name)))
            .ToArray();
        var rows = await database.LookUpAsync(
            """
            select id, at, who, operation, namespace, session, status, calls, subjects
              from wa.audit_entries($1, $2, $3, $4, $5, $6::text, $7::text, $8::text, $9::text, $10::int, $11, $12)
            """,
            [
                spans.Where(s => s.Sessions is null).Select(s => s.Tenant).ToArray(),
                named.Select(n => n.Tenant).ToArray(),
                named.Select(n => n.Name).ToArray(),
                after,
                before,
                filter.Who,
                filter.Operation,
                filter.Namespace,
                filter.Session,
                filter.Status,
                limit,
                look,
            ],
            r =>
                (
                    Id: r.GetGuid(0),
                    Entry: r.ValueOrNull<DateTimeOffset>(1) is { } at
                        ? new AuditEntry(
                            r.GetGuid(0),
                            at,
                            r.TextOrNull(2),
                            r.GetString(3),
                            r.TextOrNull(4),
                            r.TextOrNull(5),
                            r.GetInt32(6),
                            r.GetInt32(7),
                            r.GetFieldValue<string[]>(8)
                        )
                        : null
                ),
            ct
        );
        return new(
            [.. rows.Select(r => r.Entry).OfType<AuditEntry>()],
            rows.Where(r => r.Entry is null).Select(r => (Guid?)r.Id).FirstOrDefault()
        );
    }
}
