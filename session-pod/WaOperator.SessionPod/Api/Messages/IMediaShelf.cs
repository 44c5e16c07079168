using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>A file that is at WhatsApp's media servers, and what is known of it.</summary>
/// <param name="File">Where it is, and its keys.</param>
/// <param name="MimeType">Its media type.</param>
/// <param name="FileName">The name of a document; null: not known.</param>
internal sealed record ShelvedMedia(MediaReference File, string MimeType, string? FileName = null);

/// <summary>Finds the files that messages are to carry, by the ids that uploads and events gave.</summary>
internal interface IMediaShelf
{
    /// <summary>A file of a session; null: there is none of that id, or no longer.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="mediaId">The id as the request gives it; not checked.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    ValueTask<ShelvedMedia?> FindAsync(
        long tenant,
        long session,
        string mediaId,
        CancellationToken ct
    );
}
