using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Transports;

/// <summary>Files over a session's connection. All of it throws <see cref="MediaException"/> where the connection has ended.</summary>
internal interface ISessionFiles
{
    /// <summary>Encrypts and stores a file. The source is read once, to its end; memory is bounded whatever its length.</summary>
    /// <exception cref="MediaException">Not connected, too large, or no host took it.</exception>
    Task<MediaReference> UploadAsync(MediaKind kind, Stream source, CancellationToken ct);

    /// <summary>
    /// Loads a file. What was written is not verified until this returns; all but the end is written before. If it throws, whatever the
    /// destination has got must be thrown away.
    /// </summary>
    /// <exception cref="MediaUnavailableException">The hosts no longer have it; see <see cref="RequestAsync"/>.</exception>
    /// <exception cref="MediaDamagedException">It is not the file that the reference speaks of.</exception>
    /// <exception cref="MediaException">Not connected, or no host gave it.</exception>
    Task DownloadAsync(MediaReference file, Stream destination, CancellationToken ct);

    /// <summary>Asks the account's phone to store a message's file again.</summary>
    /// <returns>Where the file is now.</returns>
    /// <exception cref="MediaUnavailableException">The phone does not have it, or does not answer.</exception>
    /// <exception cref="MediaException">Not connected, or the answer is damaged.</exception>
    Task<MediaReference> RequestAsync(
        MediaReference file,
        MessageReference message,
        CancellationToken ct
    );
}
