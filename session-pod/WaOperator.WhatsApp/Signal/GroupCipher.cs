using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>What a group encryption gave. Store <paramref name="Record"/> before the message leaves.</summary>
/// <param name="Message">The bytes for the wire (enc type "skmsg").</param>
/// <param name="Record">The sender key after this message. The record given stays valid and is the caller's to dispose.</param>
internal sealed record GroupEncrypted(byte[] Message, SenderKeyRecord Record);

/// <summary>What a group decryption gave. Store <paramref name="Record"/> and the message in one transaction before acting on it.</summary>
/// <param name="Plaintext">The message, still padded: see <see cref="MessagePadding"/>.</param>
/// <param name="Record">The sender keys after this message. The record given stays valid and is the caller's to dispose.</param>
internal sealed record GroupDecrypted(byte[] Plaintext, SenderKeyRecord Record);

/// <summary>
/// Group messages with sender keys: one ciphertext for all members, signed by its sender. Pure functions from a record
/// to the next one. What is refused throws and leaves everything as it was.
/// </summary>
internal static class GroupCipher
{
    private const int KeySize = Derivation.IvSize + Derivation.KeySize;

    /// <summary>What a member needs to read our messages from now on (axolotlSenderKeyDistributionMessage). Send it encrypted.</summary>
    /// <exception cref="InvalidOperationException">The record is a peer's.</exception>
    public static byte[] Distribute(SenderKeyRecord ours)
    {
        var state = CheckOurs(ours);
        return Envelope.Write(
            new SenderKeyDistributionBody
            {
                Id = state.Id,
                Iteration = state.Chain.Next,
                ChainKey = Secrets.Wrap(state.Chain.Key!),
                SigningKey = PublicKeys.ToWire(state.SigningPublic),
            },
            0
        );
    }

    /// <summary>Takes what a member sent so that we can read its messages.</summary>
    /// <param name="record">The member's sender keys so far; null if there are none.</param>
    /// <param name="distribution">The bytes of its distribution message, which a pairwise session decrypted.</param>
    /// <returns>The record to store. The one given stays valid and is the caller's to dispose.</returns>
    /// <exception cref="SignalException">Malformed.</exception>
    public static SenderKeyRecord Process(SenderKeyRecord? record, ReadOnlySpan<byte> distribution)
    {
        var body = Envelope.Parse(distribution, SenderKeyDistributionBody.Parser);
        if (!body.HasId || !body.HasIteration || body.ChainKey.Length != Derivation.KeySize)
            throw new SignalException(
                SignalFailure.Malformed,
                "The sender key distribution lacks an id, an iteration or a chain key."
            );
        var state = new SenderKeyState
        {
            Id = body.Id,
            SigningPublic = PublicKeys.FromWire(body.SigningKey.Span, "signing key"),
            Chain = new(Secrets.Unwrap(body.ChainKey), body.Iteration),
        };
        var next = record?.Copy() ?? new SenderKeyRecord([]);
        next.Add(state);
        return next;
    }

    /// <summary>Encrypts a message, which the caller has padded, for all who have our sender key.</summary>
    /// <exception cref="InvalidOperationException">The record is a peer's.</exception>
    public static GroupEncrypted Encrypt(SenderKeyRecord ours, ReadOnlySpan<byte> plaintext)
    {
        CheckOurs(ours);
        var next = ours.Copy();
        var state = next.Current;
        var iteration = state.Chain.Next;
        Span<byte> keys = stackalloc byte[KeySize];
        Derivation.GroupKeys(state.Chain.Look(iteration, 0, new WorkMeter()), keys);
        state.Chain.Take(iteration, 0);
        var body = new SenderKeyBody
        {
            Id = state.Id,
            Iteration = iteration,
            Ciphertext = Cbc.Encrypt(
                keys[Derivation.IvSize..],
                keys[..Derivation.IvSize],
                plaintext
            ),
        };
        CryptographicOperations.ZeroMemory(keys);
        var message = Envelope.Write(body, XEdDsa.SignatureSize);
        XEdDsa
            .Sign(state.SigningPrivate, message.AsSpan(..^XEdDsa.SignatureSize))
            .CopyTo(message, message.Length - XEdDsa.SignatureSize);
        return new(message, next);
    }

    /// <summary>Decrypts a member's message.</summary>
    /// <param name="record">The member's sender keys.</param>
    /// <param name="message">The message.</param>
    /// <param name="meter">Counts and bounds what it costs; null for any cost.</param>
    /// <exception cref="SignalException">
    /// NoSession when its sender key is not here; Malformed, BadSignature, DuplicateMessage, KeyForgotten, TooFarAhead or TooCostly.
    /// </exception>
    public static GroupDecrypted Decrypt(
        SenderKeyRecord record,
        ReadOnlySpan<byte> message,
        WorkMeter? meter = null
    )
    {
        if (message.Length <= XEdDsa.SignatureSize)
            throw new SignalException(SignalFailure.Malformed, "The group message is too short.");
        var content = message[..^XEdDsa.SignatureSize];
        var body = Envelope.Parse(content, SenderKeyBody.Parser);
        if (!body.HasId || !body.HasIteration || !body.HasCiphertext)
            throw new SignalException(
                SignalFailure.Malformed,
                "The group message lacks an id, an iteration or a ciphertext."
            );
        var index = Find(record, body.Id);
        var state = record.States[index];
        if (!XEdDsa.Verify(state.SigningPublic, content, message[^XEdDsa.SignatureSize..]))
            throw new SignalException(
                SignalFailure.BadSignature,
                $"The group message is not signed by the owner of sender key {body.Id}."
            );
        Span<byte> keys = stackalloc byte[KeySize];
        Derivation.GroupKeys(
            state.Chain.Look(body.Iteration, SenderKeyRecord.MaxAhead, meter ?? new WorkMeter()),
            keys
        );
        byte[] plaintext;
        try
        {
            plaintext = Cbc.Decrypt(
                keys[Derivation.IvSize..],
                keys[..Derivation.IvSize],
                body.Ciphertext.Span
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
        }
        var next = record.Copy();
        next.States[index].Chain.Take(body.Iteration, SenderKeyRecord.MaxSkipped);
        next.Trim();
        return new(plaintext, next);
    }

    private static int Find(SenderKeyRecord record, uint id)
    {
        for (var i = 0; i < record.States.Count; i++)
        {
            if (record.States[i].Id == id)
                return i;
        }
        throw new SignalException(
            SignalFailure.NoSession,
            $"The sender has not given us its sender key {id}."
        );
    }

    private static SenderKeyState CheckOurs(SenderKeyRecord record) =>
        record.CanEncrypt
            ? record.Current
            : throw new InvalidOperationException("Only its owner can use a sender key to send.");
}
