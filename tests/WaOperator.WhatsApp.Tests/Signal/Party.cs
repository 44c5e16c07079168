using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Signal;

internal sealed record Letter(bool IsPreKeyMessage, byte[] Bytes);

/// <summary>A device that talks to one other. What it knows goes through storage with each step.</summary>
internal sealed class Party
{
    private readonly Dictionary<uint, PreKey> _preKeys = [];
    private readonly SignedPreKey _signedPreKey;
    private byte[]? _stored;
    private uint _nextPreKey = 1;

    public Party()
    {
        Identity = new(KeyPair.Generate(), 1234);
        _signedPreKey = SignedPreKey.Create(Identity.Key, 9);
    }

    public LocalIdentity Identity { get; }

    public SessionRecord? Record => _stored is null ? null : SessionRecord.Deserialize(_stored);

    public byte[]? Stored => _stored;

    public PreKeyBundle Bundle(bool oneTime = true)
    {
        var key = oneTime ? new PreKey(_nextPreKey++, KeyPair.Generate()) : null;
        if (key is not null)
            _preKeys.Add(key.Id, key);
        return new(
            Identity.RegistrationId,
            Identity.Key.Public,
            _signedPreKey.Id,
            _signedPreKey.Key.Public,
            _signedPreKey.Signature,
            key?.Id,
            key?.Key.Public
        );
    }

    public bool Begin(PreKeyBundle bundle)
    {
        var before = Record?.TheirIdentity.ToArray();
        Store(SessionCipher.Initiate(Record, Identity, bundle));
        return before is not null && !before.AsSpan().SequenceEqual(bundle.IdentityKey);
    }

    public Letter Write(byte[] text)
    {
        var written = SessionCipher.Encrypt(Record!, Identity, text);
        Store(written.Record);
        return new(written.IsPreKeyMessage, written.Message);
    }

    public Letter Write(string text) => Write(System.Text.Encoding.UTF8.GetBytes(text));

    public Decrypted Read(Letter letter, byte[]? expectedIdentity = null)
    {
        var read = letter.IsPreKeyMessage
            ? ReadPreKeyMessage(letter.Bytes, expectedIdentity)
            : SessionCipher.Decrypt(
                Record ?? throw new SignalException(SignalFailure.NoSession, "no session"),
                Identity,
                letter.Bytes
            );
        if (read.UsedPreKeyId is { } used)
            _preKeys.Remove(used).ShouldBeTrue();
        Store(read.Record);
        return read;
    }

    public string ReadText(Letter letter) =>
        System.Text.Encoding.UTF8.GetString(Read(letter).Plaintext);

    public SignalFailure Refuses(Letter letter, byte[]? expectedIdentity = null)
    {
        var before = _stored;
        var failure = Should.Throw<SignalException>(() => Read(letter, expectedIdentity)).Reason;
        _stored.ShouldBe(before);
        return failure;
    }

    private Decrypted ReadPreKeyMessage(byte[] bytes, byte[]? expectedIdentity)
    {
        var message = PreKeyWhisperMessage.Parse(bytes);
        return SessionCipher.Decrypt(
            Record,
            Identity,
            message,
            message.SignedPreKeyId == _signedPreKey.Id ? _signedPreKey : null,
            message.PreKeyId is { } id ? _preKeys.GetValueOrDefault(id) : null,
            expectedIdentity
        );
    }

    private void Store(SessionRecord record)
    {
        _stored = record.Serialize();
        record.Dispose();
    }
}
