using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// Signal sessions between two devices: X3DH and the Double Ratchet, as pure functions from a record to the next one.
/// A refused message or bundle throws and leaves everything as it was. The record given is never changed or disposed.
/// </summary>
internal static class SessionCipher
{
    /// <summary>
    /// The steps of key derivation that one message may cost in sessions that do not know its ratchet key, so that a
    /// stream of bad messages cannot take much CPU. Enough for the most that may be missing in the current session, and
    /// for the first sixty messages of a chain in all sessions.
    /// </summary>
    private const uint MaxSteps = SessionRecord.MaxAhead + 500;

    private const int AgreementsOfX3dh = 4;

    private const int MessageKeySize = 2 * Derivation.KeySize + Derivation.IvSize;

    private static readonly Range CipherKey = ..Derivation.KeySize;
    private static readonly Range MacKey = Derivation.KeySize..(2 * Derivation.KeySize);
    private static readonly Range Iv = (2 * Derivation.KeySize)..;

    /// <summary>Begins a session with a device from its prekeys. What is sent next is a prekey message.</summary>
    /// <param name="record">The sessions so far; null if there are none.</param>
    /// <param name="us">Our identity.</param>
    /// <param name="bundle">What the server gave for the device.</param>
    /// <param name="expectedIdentity">The only identity key to accept, 32 bytes; empty accepts any.</param>
    /// <exception cref="SignalException">BadSignature, UntrustedIdentity or Malformed.</exception>
    public static SessionRecord Initiate(
        SessionRecord? record,
        LocalIdentity us,
        PreKeyBundle bundle,
        ReadOnlySpan<byte> expectedIdentity = default
    ) => Initiate(record, us, bundle, expectedIdentity, KeyPair.Generate);

    internal static SessionRecord Initiate(
        SessionRecord? record,
        LocalIdentity us,
        PreKeyBundle bundle,
        ReadOnlySpan<byte> expectedIdentity,
        Func<KeyPair> generate
    )
    {
        Check(bundle);
        CheckIdentity(bundle.IdentityKey, expectedIdentity);
        using var baseKey = generate();
        var state = new RatchetState
        {
            BaseKey = baseKey.Public,
            TheirIdentity = [.. bundle.IdentityKey],
            TheirRegistrationId = bundle.RegistrationId,
            RootKey = X3dh.Initiate(us.Key, baseKey, bundle),
            // Never used: the first thing that a state does is to make its own ratchet key.
            Ratchet = KeyPair.FromStored(baseKey.Private, baseKey.Public),
            Pending = new(bundle.PreKeyId, bundle.SignedPreKeyId, bundle.ByLid),
        };
        state.StartSending(bundle.SignedPreKey, generate());
        var next = record?.Copy() ?? new SessionRecord([]);
        next.Promote(state);
        next.Trim();
        return next;
    }

    /// <summary>Encrypts a message, which the caller has padded.</summary>
    /// <param name="record">The sessions.</param>
    /// <param name="us">Our identity.</param>
    /// <param name="plaintext">The message.</param>
    /// <param name="byLid">How the device is addressed; null where there is one address only. See <see cref="SessionRecord.CanSendTo"/>.</param>
    public static Encrypted Encrypt(
        SessionRecord record,
        LocalIdentity us,
        ReadOnlySpan<byte> plaintext,
        bool? byLid = null
    )
    {
        var next = record.Copy();
        next.Address(byLid);
        var state = next.Current;
        if (state.SendingKey is not { } chain)
        {
            next.Dispose();
            throw new SignalException(
                SignalFailure.NoSession,
                "The session cannot send before it has received: begin another one."
            );
        }
        var seed = Derivation.Seed(chain);
        Derivation.Advance(chain);
        var body = new WhisperBody
        {
            RatchetKey = PublicKeys.ToWire(state.Ratchet.Public),
            Counter = state.SendingCounter++,
            PreviousCounter = state.PreviousCounter,
        };
        var message = Seal(body, seed, us.Key.Public, state.TheirIdentity, plaintext);
        return state.Pending is { } pending
            ? new(
                true,
                PreKeyWhisperMessage.Write(
                    state,
                    pending,
                    us.RegistrationId,
                    us.Key.Public,
                    message
                ),
                next
            )
            : new(false, message, next);
    }

    /// <summary>Decrypts a message of a running session (enc type "msg").</summary>
    /// <param name="record">The sessions.</param>
    /// <param name="us">Our identity.</param>
    /// <param name="message">The message.</param>
    /// <param name="meter">Counts and bounds what it costs; null for any cost.</param>
    /// <exception cref="SignalException">
    /// Malformed, BadMac, DuplicateMessage, KeyForgotten, TooFarAhead or TooCostly.
    /// </exception>
    public static Decrypted Decrypt(
        SessionRecord record,
        LocalIdentity us,
        ReadOnlySpan<byte> message,
        WorkMeter? meter = null
    ) => Decrypt(record, us, message, KeyPair.Generate, meter);

    /// <summary>
    /// Decrypts a message that begins a session (enc type "pkmsg"), or repeats the beginning because the sender has not
    /// heard from us yet.
    /// </summary>
    /// <param name="record">The sessions so far; null if there are none.</param>
    /// <param name="us">Our identity.</param>
    /// <param name="message">The message.</param>
    /// <param name="signedPreKey">
    /// Our signed prekey that it names; null if we have none of that id, or need none: <see cref="SessionRecord.Knows"/>.
    /// </param>
    /// <param name="preKey">Our one-time prekey that it names; null likewise, or if it names none.</param>
    /// <param name="expectedIdentity">The only identity key to accept, 32 bytes; empty accepts any.</param>
    /// <param name="meter">Counts and bounds what it costs; null for any cost.</param>
    /// <exception cref="SignalException">
    /// NoPreKey, UntrustedIdentity, Malformed, BadMac, DuplicateMessage, KeyForgotten, TooFarAhead or TooCostly.
    /// </exception>
    public static Decrypted Decrypt(
        SessionRecord? record,
        LocalIdentity us,
        PreKeyWhisperMessage message,
        SignedPreKey? signedPreKey,
        PreKey? preKey,
        ReadOnlySpan<byte> expectedIdentity = default,
        WorkMeter? meter = null
    ) =>
        Decrypt(
            record,
            us,
            message,
            signedPreKey,
            preKey,
            expectedIdentity,
            KeyPair.Generate,
            meter
        );

    internal static Decrypted Decrypt(
        SessionRecord record,
        LocalIdentity us,
        ReadOnlySpan<byte> message,
        Func<KeyPair> generate,
        WorkMeter? meter = null
    ) => Decrypt(record, us, WhisperMessage.Parse(message.ToArray()), generate, meter ?? new());

    internal static Decrypted Decrypt(
        SessionRecord? record,
        LocalIdentity us,
        PreKeyWhisperMessage message,
        SignedPreKey? signedPreKey,
        PreKey? preKey,
        ReadOnlySpan<byte> expectedIdentity,
        Func<KeyPair> generate,
        WorkMeter? meter = null
    )
    {
        meter ??= new();
        CheckIdentity(message.IdentityKey, expectedIdentity);
        if (record?.Knows(message) == true)
            return Decrypt(record, us, message.Message, generate, meter);
        if (signedPreKey?.Id != message.SignedPreKeyId)
            throw NoPreKey("signed prekey", message.SignedPreKeyId);
        if (preKey?.Id != message.PreKeyId)
            throw NoPreKey("one-time prekey", message.PreKeyId ?? 0);
        meter.Spend(AgreementsOfX3dh * WorkMeter.Agreement);
        using var fresh = new SessionRecord([
            new()
            {
                BaseKey = message.BaseKey,
                TheirIdentity = message.IdentityKey,
                TheirRegistrationId = message.RegistrationId,
                RootKey = X3dh.Accept(us.Key, signedPreKey, preKey, message),
                Ratchet = KeyPair.FromStored(signedPreKey.Key.Private, signedPreKey.Key.Public),
            },
        ]);
        var decrypted = Decrypt(fresh, us, message.Message, generate, meter);
        return decrypted with
        {
            Record = record is null ? decrypted.Record : Join(record, decrypted.Record),
            UsedPreKeyId = preKey?.Id,
        };
    }

    private static SessionRecord Join(SessionRecord record, SessionRecord begun)
    {
        var next = record.Copy();
        next.Promote(begun.Current);
        next.Trim();
        return next;
    }

    private static Decrypted Decrypt(
        SessionRecord record,
        LocalIdentity us,
        WhisperMessage message,
        Func<KeyPair> generate,
        WorkMeter meter
    )
    {
        var (index, plaintext, turn) = Open(record, us, message, meter);
        using (turn)
        {
            var next = record.Copy();
            var state = next.States[index];
            if (turn is not null)
                state.Turn(turn, message.PreviousCounter, generate());
            state.FindChain(message.RatchetKey)!.Take(message.Counter, SessionRecord.MaxSkipped);
            state.Pending = null;
            next.Promote(state);
            next.Trim();
            return new(plaintext, next);
        }
    }

    /// <summary>Finds the session that a message belongs to, without changing any.</summary>
    private static (int Index, byte[] Plaintext, RatchetTurn? Turn) Open(
        SessionRecord record,
        LocalIdentity us,
        WhisperMessage message,
        WorkMeter meter
    )
    {
        for (var i = 0; i < record.States.Count; i++)
        {
            var state = record.States[i];
            if (state.FindChain(message.RatchetKey) is not { } chain)
                continue;
            var seed = chain.Look(message.Counter, SessionRecord.MaxAhead, meter);
            return TryUnseal(state, us, message, seed) is { } plaintext
                ? (i, plaintext, null)
                : throw BadMac();
        }
        MessageChain.CheckAhead(message.Counter, SessionRecord.MaxAhead);
        var budget = MaxSteps;
        for (var i = 0; i < record.States.Count && budget > message.Counter; i++)
        {
            budget -= message.Counter + 1;
            meter.Spend(WorkMeter.Agreement + MessageChain.StepsFor(message.Counter));
            var state = record.States[i];
            var turn = new RatchetTurn(state, message.RatchetKey);
            var seed = MessageChain.SeedAhead(turn.Chain, message.Counter);
            if (TryUnseal(state, us, message, seed) is { } plaintext)
                return (i, plaintext, turn);
            turn.Dispose();
        }
        throw BadMac();
    }

    private static byte[] Seal(
        WhisperBody body,
        byte[] seed,
        ReadOnlySpan<byte> sender,
        ReadOnlySpan<byte> receiver,
        ReadOnlySpan<byte> plaintext
    )
    {
        Span<byte> keys = stackalloc byte[MessageKeySize];
        Derivation.MessageKeys(seed, keys);
        body.Ciphertext = Cbc.Encrypt(keys[CipherKey], keys[Iv], plaintext);
        var message = WhisperMessage.Write(body, keys[MacKey], sender, receiver);
        CryptographicOperations.ZeroMemory(keys);
        return message;
    }

    private static byte[]? TryUnseal(
        RatchetState state,
        LocalIdentity us,
        WhisperMessage message,
        byte[] seed
    )
    {
        Span<byte> keys = stackalloc byte[MessageKeySize];
        Derivation.MessageKeys(seed, keys);
        try
        {
            return message.HasMac(keys[MacKey], state.TheirIdentity, us.Key.Public)
                ? Cbc.Decrypt(keys[CipherKey], keys[Iv], message.Ciphertext)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
        }
    }

    private static void Check(PreKeyBundle bundle)
    {
        byte[]?[] keys = [bundle.IdentityKey, bundle.SignedPreKey, bundle.PreKey];
        if (
            (bundle.PreKey is null) != (bundle.PreKeyId is null)
            || keys.Any(key => key is { Length: not Curve25519.KeySize })
        )
            throw new SignalException(
                SignalFailure.Malformed,
                "The prekey bundle lacks a key, or has one of a wrong length."
            );
        Span<byte> word = stackalloc byte[PublicKeys.WireSize];
        PublicKeys.Write(bundle.SignedPreKey, word);
        if (!XEdDsa.Verify(bundle.IdentityKey, word, bundle.Signature))
            throw new SignalException(
                SignalFailure.BadSignature,
                $"Signed prekey {bundle.SignedPreKeyId} is not signed by the device's identity."
            );
    }

    private static void CheckIdentity(ReadOnlySpan<byte> identity, ReadOnlySpan<byte> expected)
    {
        if (!expected.IsEmpty && !identity.SequenceEqual(expected))
            throw new SignalException(
                SignalFailure.UntrustedIdentity,
                "The peer's identity key is not the expected one."
            );
    }

    private static SignalException BadMac() =>
        new(SignalFailure.BadMac, "No session with this device opens the message.");

    private static SignalException NoPreKey(string kind, uint id) =>
        new(SignalFailure.NoPreKey, $"The message needs {kind} {id}, which we do not have.");
}
