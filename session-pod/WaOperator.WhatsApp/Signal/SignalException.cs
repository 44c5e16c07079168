namespace WaOperator.WhatsApp.Signal;

/// <summary>Why the Signal protocol refused something.</summary>
internal enum SignalFailure
{
    /// <summary>The bytes are not what they should be: version, protobuf, key, padding.</summary>
    Malformed,

    /// <summary>No session opens the message: another session, another identity, or tampered with. Ask for a retry.</summary>
    BadMac,

    /// <summary>A signature does not hold: of a signed prekey, or of a group message.</summary>
    BadSignature,

    /// <summary>There is no session with this device, or no sender key of this member.</summary>
    NoSession,

    /// <summary>The message needs a prekey that we no longer have. Ask for a retry.</summary>
    NoPreKey,

    /// <summary>The message's key has been used: it was decrypted before.</summary>
    DuplicateMessage,

    /// <summary>The message's key was skipped and then dropped for want of room: no one read it. Ask for a retry.</summary>
    KeyForgotten,

    /// <summary>More messages were skipped than is allowed.</summary>
    TooFarAhead,

    /// <summary>The message would cost more work than its sender may cause now. Ask for a retry: it comes with a newer key, or later.</summary>
    TooCostly,

    /// <summary>The peer's identity key is not the one that the caller demanded.</summary>
    UntrustedIdentity,
}

/// <summary>The Signal protocol refused a message, a bundle or a stored record. Nothing changed: the record is as it was.</summary>
internal sealed class SignalException(SignalFailure reason, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What was wrong.</summary>
    public SignalFailure Reason { get; } = reason;
}
