using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp;

/// <content>Files.</content>
public sealed partial class WhatsAppDevice
{
    /// <summary>
    /// Encrypts and stores a file, to be sent as a message by <see cref="MessageContent"/>. The source is read once, to
    /// its end; memory is bounded whatever its length (<see cref="MediaOptions.MaxTransfers"/>).
    /// </summary>
    /// <exception cref="MediaException">Not connected, too large, or no host took it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<MediaReference> UploadAsync(MediaKind kind, Stream source, CancellationToken ct) =>
        Connected().Media.UploadAsync(kind, source, ct);

    /// <summary>
    /// Loads a file. What is written to the destination has <b>not been verified</b> until this returns: MAC and hashes
    /// stand at the end. If it throws, whatever the destination has got must be thrown away.
    /// </summary>
    /// <exception cref="MediaUnavailableException">The hosts no longer have it (403, 404, 410); see <see cref="RequestMediaAsync"/>.</exception>
    /// <exception cref="MediaDamagedException">It is not the file that the message speaks of.</exception>
    /// <exception cref="MediaException">Not connected, or no host gave it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task DownloadAsync(MediaReference file, Stream destination, CancellationToken ct) =>
        Connected().Media.DownloadAsync(file, destination, ct);

    /// <summary>Loads a file as above; if the hosts no longer have it, the phone that has is asked for it once.</summary>
    /// <param name="file">The file.</param>
    /// <param name="message">The message that the file came with.</param>
    /// <param name="destination">Gets the file, unverified until this returns.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>Where the file is now: the same reference, or a new one to be kept instead.</returns>
    public async Task<MediaReference> DownloadAsync(
        MediaReference file,
        MessageReference message,
        Stream destination,
        CancellationToken ct
    )
    {
        try
        {
            await DownloadAsync(file, destination, ct);
            return file;
        }
        catch (MediaUnavailableException e) when (!e.HasWritten)
        {
            var again = await RequestMediaAsync(file, message, ct);
            await DownloadAsync(again, destination, ct);
            return again;
        }
    }

    /// <summary>Asks the account's phone to upload a message's file again, as official clients do when it has gone.</summary>
    /// <returns>Where the file is now.</returns>
    /// <exception cref="MediaUnavailableException">The phone does not have it, or does not answer.</exception>
    /// <exception cref="MediaException">Not connected, or the answer is damaged.</exception>
    public Task<MediaReference> RequestMediaAsync(
        MediaReference file,
        MessageReference message,
        CancellationToken ct
    ) => Connected().Media.RequestAsync(file, message, ct);

    private Session Connected() =>
        Volatile.Read(ref _session)
        ?? throw new MediaException("The device is not connected; files need a connection.");
}
