using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Media;

/// <summary>
/// Finds tenants' files by their ids: uploads in a table of their own, files that came with messages in the journal. Only where they
/// are and how they open is kept here; the files are on WhatsApp's media hosts.
/// </summary>
/// <param name="context">What all sessions share.</param>
/// <param name="uploads">Uploads in the database.</param>
internal sealed class MediaShelf(MessageContext context, SessionMedia uploads)
{
    /// <summary>How long an upload can be sent and loaded.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private const string Kind = "media";

    /// <summary>Keeps an upload.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session and its epoch.</param>
    /// <param name="media">The upload.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>Its id, and when it expires.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away, or another pod owns the session by now.</exception>
    public async Task<(MediaId Id, DateTimeOffset ExpiresAt)> AddAsync(
        long tenant,
        OwnedSession session,
        StoredMedia media,
        CancellationToken ct
    )
    {
        var id = MediaId.New();
        var expires = context.Time.GetUtcNow() + Life;
        using var cipher = await context.Keyring.CipherAsync(tenant, session.SessionId, null, ct);
        await uploads.AddAsync(
            session,
            new(
                id.Bytes,
                expires,
                cipher.Version,
                cipher.Seal(Kind, id.ToString(), StoredMediaJson.Write(media))
            ),
            ct
        );
        return (id, expires);
    }

    /// <summary>The file of an id; null: this session has none, or it has expired.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="id">The id.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public async Task<StoredMedia?> FindAsync(
        long tenant,
        long session,
        MediaId id,
        CancellationToken ct
    )
    {
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        if (id.Seq is { } seq)
        {
            var page = await context.Stored.ReadEventsAsync(session, seq - 1, 1, ct);
            if (page is not [{ Row: var entry }] || entry.Seq != seq)
                return null;
            return EventFiles.Find((await EventRows.OpenAsync(ciphers, entry, ct)).Event, id);
        }
        if (await uploads.FindAsync(session, id.Bytes, ct) is not { } row)
            return null;
        var cipher = await ciphers.OfAsync(row.KeyVersion, ct);
        return StoredMediaJson.Read(cipher.Open(Kind, id.ToString(), row.Ciphertext));
    }

    /// <summary>Forgets an upload.</summary>
    /// <param name="session">The session and its epoch.</param>
    /// <param name="id">The id of an upload.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>False: there was none.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away, or another pod owns the session by now.</exception>
    public Task<bool> RemoveAsync(OwnedSession session, MediaId id, CancellationToken ct) =>
        uploads.RemoveAsync(session, id.Bytes, ct);
}
