namespace WaOperator.WhatsApp.Media;

/// <summary>A file could not be transferred.</summary>
public class MediaException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The media hosts no longer have the file, or no longer give it by this address (403, 404, 410). The phone of who
/// sent it can be asked for it: <see cref="WhatsAppDevice.RequestMediaAsync"/>.
/// </summary>
public sealed class MediaUnavailableException(string message, int? status, bool hasWritten = false)
    : MediaException(message)
{
    /// <summary>True if the destination has got a part of the file before it went.</summary>
    public bool HasWritten { get; } = hasWritten;

    /// <summary>What the host answered; null when the phone said so.</summary>
    public int? Status { get; } = status;
}

/// <summary>
/// What was received is not the file that the message speaks of: MAC, hash or length are wrong. Everything that was
/// written so far must be thrown away.
/// </summary>
public sealed class MediaDamagedException(string message, Exception? inner = null)
    : MediaException(message, inner);
