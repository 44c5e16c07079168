using System.Collections.Concurrent;
using System.Globalization;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Fuzz.Targets;

/// <summary>Two devices that know each other, and a peer in a group: their records, and messages that are valid for them.</summary>
internal sealed class SignalScene
{
    private static readonly uint[] Counters = [0, 1, 2, 3, 40];

    // Some of them cost as much as the protocol allows.
    private static readonly uint[] FarCounters =
    [
        1_999,
        2_000,
        2_001,
        2_499,
        2_500,
        25_000,
        25_001,
        int.MaxValue,
        uint.MaxValue - 1,
        uint.MaxValue,
    ];

    private readonly LocalIdentity _us = new(KeyPair.Generate(), 1);
    private readonly LocalIdentity _peer = new(KeyPair.Generate(), 2);
    private readonly SignedPreKey _signedPreKey;
    private readonly PreKey _preKey = new(42, KeyPair.Generate());
    private readonly SessionRecord _ours;
    private readonly SessionRecord _theirs;
    private readonly SenderKeyRecord _groupOurs;
    private readonly SenderKeyRecord _groupTheirs;
    private readonly ConcurrentDictionary<uint, byte[]> _seeds = new();

    public SignalScene()
    {
        _signedPreKey = SignedPreKey.Create(_us.Key, 7);
        var (messages, preKeyMessages, sessions) = (
            new List<byte[]>(),
            new List<byte[]>(),
            new List<byte[]>()
        );
        var theirs = SessionCipher.Initiate(
            null,
            _peer,
            new(
                _us.RegistrationId,
                _us.Key.Public,
                7,
                _signedPreKey.Key.Public,
                _signedPreKey.Signature,
                42,
                _preKey.Key.Public
            )
        );
        SessionRecord? ours = null;
        for (var i = 0; i < 12; i++)
        {
            var sent = SessionCipher.Encrypt(theirs, _peer, Text(i));
            theirs = sent.Record;
            (sent.IsPreKeyMessage ? preKeyMessages : messages).Add(sent.Message);
            // Every third is left unread, so that keys of skipped messages are in the records.
            if (i % 3 == 2)
                continue;
            ours = sent.IsPreKeyMessage
                ? SessionCipher
                    .Decrypt(
                        ours,
                        _us,
                        PreKeyWhisperMessage.Parse(sent.Message),
                        _signedPreKey,
                        _preKey
                    )
                    .Record
                : SessionCipher.Decrypt(ours!, _us, sent.Message).Record;
            sessions.Add(ours.Serialize());
            if (i % 4 != 3)
                continue;
            var answer = SessionCipher.Encrypt(ours, _us, Text(i));
            ours = answer.Record;
            theirs = SessionCipher.Decrypt(theirs, _peer, answer.Message).Record;
        }
        (_ours, _theirs) = (ours!, theirs);
        (Messages, PreKeyMessages, Sessions) = (messages, preKeyMessages, sessions);

        var (shouts, keys, records) = (new List<byte[]>(), new List<byte[]>(), new List<byte[]>());
        var shouting = SenderKeyRecord.Create();
        keys.Add(GroupCipher.Distribute(shouting));
        var heard = GroupCipher.Process(null, keys[0]);
        for (var i = 0; i < 9; i++)
        {
            var shout = GroupCipher.Encrypt(shouting, Text(i));
            shouting = shout.Record;
            shouts.Add(shout.Message);
            keys.Add(GroupCipher.Distribute(shouting));
            if (i % 3 != 1)
                heard = GroupCipher.Decrypt(heard, shout.Message).Record;
            records.Add(heard.Serialize());
            records.Add(shouting.Serialize());
        }
        (_groupOurs, _groupTheirs) = (heard, shouting);
        (GroupMessages, GroupKeys, SenderKeys) = (shouts, keys, records);
    }

    public IReadOnlyList<byte[]> Messages { get; }

    public IReadOnlyList<byte[]> PreKeyMessages { get; }

    public IReadOnlyList<byte[]> Sessions { get; }

    public IReadOnlyList<byte[]> GroupMessages { get; }

    public IReadOnlyList<byte[]> GroupKeys { get; }

    public IReadOnlyList<byte[]> SenderKeys { get; }

    /// <summary>A message with any counters whose MAC our peer has made.</summary>
    public byte[] Authentic(Random random)
    {
        var state = _theirs.Current;
        var counter = Counter(random);
        var ahead = counter < state.SendingCounter ? 0 : counter - state.SendingCounter;
        var seed = _seeds
            .GetOrAdd(
                Math.Min(ahead, SessionRecord.MaxAhead),
                steps => MessageChain.SeedAhead(state.SendingKey, steps)
            )
            .ToArray();
        Span<byte> keys = stackalloc byte[80];
        Derivation.MessageKeys(seed, keys);
        var body = new WhisperBody
        {
            RatchetKey = PublicKeys.ToWire(state.Ratchet.Public),
            Counter = counter,
            PreviousCounter = Counter(random),
            Ciphertext = Cbc.Encrypt(keys[..32], keys[64..], Text(random.Next(100))),
        };
        return WhisperMessage.Write(body, keys[32..64], _peer.Key.Public, _us.Key.Public);
    }

    /// <summary>A group message with any iteration, signed by its sender.</summary>
    public byte[] Signed(Random random)
    {
        var state = _groupTheirs.Current;
        var bytes = new byte[random.Next(6) * 16 + random.Next(2)];
        random.NextBytes(bytes);
        var message = Envelope.Write(
            new SenderKeyBody
            {
                Id = random.Next(8) == 0 ? 1 : state.Id,
                Iteration = Counter(random),
                Ciphertext = Google.Protobuf.ByteString.CopyFrom(bytes),
            },
            XEdDsa.SignatureSize
        );
        XEdDsa
            .Sign(state.SigningPrivate, message.AsSpan(..^XEdDsa.SignatureSize))
            .CopyTo(message, message.Length - XEdDsa.SignatureSize);
        return message;
    }

    public void ReadPreKeyMessage(byte[] bytes)
    {
        var message = PreKeyWhisperMessage.Parse(bytes);
        SessionCipher
            .Decrypt(
                bytes.Length % 2 == 0 ? _ours : null,
                _us,
                message,
                message.SignedPreKeyId == _signedPreKey.Id ? _signedPreKey : null,
                message.PreKeyId == _preKey.Id ? _preKey : null
            )
            .Record.Dispose();
    }

    public void ReadMessage(byte[] bytes) =>
        SessionCipher.Decrypt(_ours, _us, bytes).Record.Dispose();

    public void ReadGroupMessage(byte[] bytes) =>
        GroupCipher.Decrypt(_groupOurs, bytes).Record.Dispose();

    public void ReadGroupKey(byte[] bytes) => GroupCipher.Process(_groupOurs, bytes).Dispose();

    private static uint Counter(Random random) =>
        random.Next(20) == 0
            ? FarCounters[random.Next(FarCounters.Length)]
            : Counters[random.Next(Counters.Length)];

    private static byte[] Text(int number) =>
        MessagePadding.Pad(
            System.Text.Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))
        );
}
