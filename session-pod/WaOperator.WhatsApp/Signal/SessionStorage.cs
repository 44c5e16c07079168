using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Session records as bytes.</summary>
internal static class SessionStorage
{
    private const uint Version = 1;

    public static byte[] Write(SessionRecord record)
    {
        var stored = new StoredSession { Version = Version };
        stored.States.AddRange(record.States.Select(Write));
        return stored.ToByteArray();
    }

    public static byte[] Write(FormerIdentity former) =>
        new StoredSession
        {
            Version = Version,
            FormerIdentity = ByteString.CopyFrom(former.Key.Span),
        }.ToByteArray();

    /// <summary>Reads what stands under the name of a device's sessions: a <see cref="SessionRecord"/> or a <see cref="FormerIdentity"/>.</summary>
    /// <exception cref="SignalException">Malformed.</exception>
    public static IRecord ReadAny(ReadOnlySpan<byte> bytes)
    {
        var stored = Envelope.ParseBody(bytes, StoredSession.Parser);
        return
            stored is { Version: Version, States.Count: 0, FormerIdentity: { } key }
            && key.Length == Curve25519.KeySize
            ? new FormerIdentity(key.ToByteArray())
            : Read(stored);
    }

    public static SessionRecord Read(ReadOnlySpan<byte> bytes) =>
        Read(Envelope.ParseBody(bytes, StoredSession.Parser));

    private static SessionRecord Read(StoredSession stored)
    {
        if (
            stored.Version != Version
            || stored.States.Count is 0 or > SessionRecord.MaxArchived + 1
        )
            throw Secrets.Damaged("session record");
        return new(stored.States.Select(Read).ToList());
    }

    private static StoredState Write(RatchetState state)
    {
        var stored = new StoredState
        {
            BaseKey = Secrets.Wrap(state.BaseKey),
            TheirIdentity = Secrets.Wrap(state.TheirIdentity),
            TheirRegistrationId = state.TheirRegistrationId,
            RootKey = Secrets.Wrap(state.RootKey),
            RatchetPrivate = Secrets.Wrap(state.Ratchet.Private),
            RatchetPublic = Secrets.Wrap(state.Ratchet.Public),
            SendingCounter = state.SendingCounter,
            PreviousCounter = state.PreviousCounter,
        };
        if (state.SendingKey is { } key)
            stored.SendingKey = Secrets.Wrap(key);
        if (state.Pending is { } pending)
        {
            stored.Pending = new() { SignedPreKeyId = pending.SignedPreKeyId };
            if (pending.PreKeyId is { } id)
                stored.Pending.PreKeyId = id;
            if (pending.ByLid is { } byLid)
                stored.Pending.ByLid = byLid;
        }
        foreach (var chain in state.Receiving)
        {
            var written = ChainStorage.Write(chain.Keys);
            written.RatchetKey = Secrets.Wrap(chain.RatchetKey);
            stored.Receiving.Add(written);
        }
        return stored;
    }

    private static RatchetState Read(StoredState stored)
    {
        using var ratchet = KeyPair.FromStored(
            Secrets.Unwrap(stored.RatchetPrivate),
            Secrets.Unwrap(stored.RatchetPublic)
        );
        var state = new RatchetState
        {
            BaseKey = Secrets.Unwrap(stored.BaseKey),
            TheirIdentity = Secrets.Unwrap(stored.TheirIdentity),
            TheirRegistrationId = stored.TheirRegistrationId,
            RootKey = Secrets.Unwrap(stored.RootKey),
            Ratchet = KeyPair.FromStored(ratchet.Private, ratchet.Public),
            SendingKey = stored.HasSendingKey ? Secrets.Unwrap(stored.SendingKey) : null,
            SendingCounter = stored.SendingCounter,
            PreviousCounter = stored.PreviousCounter,
            Pending = stored.Pending is { } pending
                ? new(
                    pending.HasPreKeyId ? pending.PreKeyId : null,
                    pending.SignedPreKeyId,
                    pending.HasByLid ? pending.ByLid : null
                )
                : null,
        };
        if (stored.Receiving.Count > RatchetState.MaxReceiving)
            throw Secrets.Damaged("session record");
        foreach (var chain in stored.Receiving)
            state.AddChain(new(Secrets.Unwrap(chain.RatchetKey), ChainStorage.Read(chain)));
        return state;
    }
}
