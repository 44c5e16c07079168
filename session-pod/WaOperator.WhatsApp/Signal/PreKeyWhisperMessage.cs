using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// A message that begins a session (enc type "pkmsg"). Nothing in it is authentic before <see cref="SessionCipher"/>
/// has decrypted it: the ids serve to find the prekeys.
/// </summary>
internal sealed class PreKeyWhisperMessage
{
    private PreKeyWhisperMessage(PreKeyWhisperBody body)
    {
        IdentityKey = PublicKeys.FromWire(body.IdentityKey.Span, "identity key");
        BaseKey = PublicKeys.FromWire(body.BaseKey.Span, "base key");
        RegistrationId = body.RegistrationId;
        SignedPreKeyId = body.SignedPreKeyId;
        PreKeyId = body.HasPreKeyId ? body.PreKeyId : null;
        Message = WhisperMessage.Parse(body.Message.Memory);
    }

    /// <summary>The sender's identity key, 32 bytes.</summary>
    public byte[] IdentityKey { get; }

    /// <summary>The sender's key for this session alone, 32 bytes.</summary>
    public byte[] BaseKey { get; }

    /// <summary>The sender's registration id.</summary>
    public uint RegistrationId { get; }

    /// <summary>Which of our signed prekeys was used.</summary>
    public uint SignedPreKeyId { get; }

    /// <summary>Which of our one-time prekeys was used; null if none.</summary>
    public uint? PreKeyId { get; }

    internal WhisperMessage Message { get; }

    /// <summary>Reads the outside of a message.</summary>
    /// <exception cref="SignalException">Malformed.</exception>
    public static PreKeyWhisperMessage Parse(ReadOnlySpan<byte> bytes)
    {
        var body = Envelope.Parse(bytes, PreKeyWhisperBody.Parser);
        return body is { HasSignedPreKeyId: true, HasMessage: true }
            ? new(body)
            : throw new SignalException(
                SignalFailure.Malformed,
                "The prekey message lacks a signed prekey's id or a message."
            );
    }

    internal static byte[] Write(
        RatchetState state,
        PendingPreKey pending,
        uint registrationId,
        ReadOnlySpan<byte> identity,
        byte[] message
    )
    {
        var body = new PreKeyWhisperBody
        {
            BaseKey = PublicKeys.ToWire(state.BaseKey),
            IdentityKey = PublicKeys.ToWire(identity),
            Message = UnsafeByteOperations.UnsafeWrap(message),
            RegistrationId = registrationId,
            SignedPreKeyId = pending.SignedPreKeyId,
        };
        if (pending.PreKeyId is { } id)
            body.PreKeyId = id;
        return Envelope.Write(body, 0);
    }
}
