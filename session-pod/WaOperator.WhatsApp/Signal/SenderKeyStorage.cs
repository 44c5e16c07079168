using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Sender key records as bytes.</summary>
internal static class SenderKeyStorage
{
    private const uint Version = 1;

    public static byte[] Write(SenderKeyRecord record)
    {
        var stored = new StoredSenderKey { Version = Version };
        foreach (var state in record.States)
        {
            var written = new StoredSenderKeyState
            {
                Id = state.Id,
                Chain = ChainStorage.Write(state.Chain),
                SigningPublic = Secrets.Wrap(state.SigningPublic),
            };
            if (state.SigningPrivate is { } key)
                written.SigningPrivate = Secrets.Wrap(key);
            stored.States.Add(written);
        }
        return stored.ToByteArray();
    }

    public static SenderKeyRecord Read(ReadOnlySpan<byte> bytes)
    {
        var stored = Envelope.ParseBody(bytes, StoredSenderKey.Parser);
        if (
            stored.Version != Version
            || stored.States.Count is 0 or > SenderKeyRecord.MaxStates
            || stored.States.Any(state => state.Chain?.HasKey != true)
        )
            throw Secrets.Damaged("sender key record");
        return new(stored.States.Select(Read).ToList());
    }

    private static SenderKeyState Read(StoredSenderKeyState stored) =>
        new()
        {
            Id = stored.Id,
            Chain = ChainStorage.Read(stored.Chain),
            SigningPublic = Secrets.Unwrap(stored.SigningPublic),
            SigningPrivate = stored.HasSigningPrivate
                ? Secrets.Unwrap(stored.SigningPrivate)
                : null,
        };
}
