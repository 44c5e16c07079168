using System.Text.Json;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Signal;

/// <summary>We read what libsignal wrote, and given its private keys we write its bytes: see Vectors/signal.mjs.</summary>
public sealed class LibsignalVectorTests
{
    public static TheoryData<int> Conversations => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Conversations))]
    public void A_conversation_goes_as_libsignal_led_it(int number)
    {
        var conversation = Vector.Read("sessions.json")[number];
        using var us = new Us(conversation);
        SessionRecord? record = null;
        foreach (var step in conversation.GetProperty("steps").EnumerateArray())
        {
            var before = record;
            record = us.Do(step, record);
            before?.Dispose();
            // Each step continues from what was stored.
            var stored = record.Serialize();
            record.Dispose();
            record = SessionRecord.Deserialize(stored);
            record.Serialize().ShouldBe(stored);
        }
        record.ShouldNotBeNull().IsUnacknowledged.ShouldBeFalse();
        record.SkippedKeys.ShouldBe(0);
        record.Dispose();
    }

    [Fact]
    public void Sender_keys_of_Baileys_are_read_with_their_gaps()
    {
        foreach (var vector in Vector.Read("sender-keys.json"))
        {
            var record = GroupCipher.Process(null, vector.Bytes("distribution"));
            foreach (var message in vector.GetProperty("messages").EnumerateArray().Reverse())
            {
                var read = GroupCipher.Decrypt(record, message.Bytes("wire"));
                read.Plaintext.ShouldBe(message.Bytes("plain"));
                record = SenderKeyRecord.Deserialize(read.Record.Serialize());
            }
        }
    }

    [Fact]
    public void Sender_keys_are_written_as_Baileys_writes_them()
    {
        foreach (var vector in Vector.Read("sender-keys.json"))
        {
            using var theirs = GroupCipher.Process(null, vector.Bytes("distribution"));
            using var signing = KeyPair.FromPrivate(vector.Bytes("signing"));
            var record = new SenderKeyRecord([
                new()
                {
                    Id = theirs.KeyId,
                    Chain = new(vector.Bytes("chain"), 0),
                    SigningPublic = signing.Public,
                    SigningPrivate = signing.Private,
                },
            ]);
            GroupCipher.Distribute(record).ShouldBe(vector.Bytes("distribution"));
            foreach (var message in vector.GetProperty("messages").EnumerateArray())
            {
                var wire = message.Bytes("wire");
                var written = GroupCipher.Encrypt(record, message.Bytes("plain"));
                // Signatures are random; that ours hold is seen by Crypto/CurveVectorTests.
                written.Message.AsSpan(..^64).SequenceEqual(wire.AsSpan(..^64)).ShouldBeTrue();
                XEdDsa
                    .Verify(
                        signing.Public,
                        written.Message.AsSpan(..^64),
                        written.Message.AsSpan(^64..)
                    )
                    .ShouldBeTrue();
                // This release of Baileys uses every second key only.
                record = GroupCipher.Encrypt(written.Record, "skipped"u8).Record;
            }
        }
    }

    private sealed class Us : IDisposable
    {
        private readonly LocalIdentity _identity;
        private readonly SignedPreKey _signedPreKey;
        private readonly PreKey? _preKey;
        private readonly PreKeyBundle _bundle;

        public Us(JsonElement conversation)
        {
            var identity = KeyPair.FromPrivate(conversation.Bytes("identity"));
            _identity = new(identity, conversation.GetProperty("registrationId").GetUInt32());
            _signedPreKey = new(7, KeyPair.FromPrivate(conversation.Bytes("signedPreKey")), []);
            var oneTime = conversation.GetProperty("oneTime").GetBoolean();
            _preKey = oneTime ? new(42, KeyPair.FromPrivate(conversation.Bytes("preKey"))) : null;
            var bundle = conversation.GetProperty("bundle");
            _bundle = new(
                bundle.GetProperty("registrationId").GetUInt32(),
                bundle.Bytes("identityKey")[1..],
                7,
                bundle.Bytes("signedPreKey")[1..],
                bundle.Bytes("signature"),
                oneTime ? 42 : null,
                oneTime ? bundle.Bytes("preKey")[1..] : null
            );
        }

        public SessionRecord Do(JsonElement step, SessionRecord? record)
        {
            var keys = new Queue<KeyPair>(
                step.GetProperty("made")
                    .EnumerateArray()
                    .Select(key => KeyPair.FromPrivate(key.GetBytesFromBase64()))
            );
            var next = step.GetProperty("op").GetString() switch
            {
                "initiate" => SessionCipher.Initiate(
                    record,
                    _identity,
                    _bundle,
                    default,
                    keys.Dequeue
                ),
                "encrypt" => Encrypt(step, record!),
                _ => Decrypt(step, record, keys.Dequeue),
            };
            keys.ShouldBeEmpty();
            return next;
        }

        public void Dispose() => _identity.Key.Dispose();

        private SessionRecord Encrypt(JsonElement step, SessionRecord record)
        {
            var written = SessionCipher.Encrypt(record, _identity, step.Bytes("plain"));
            written.IsPreKeyMessage.ShouldBe(IsPreKeyMessage(step));
            written.Message.ShouldBe(step.Bytes("wire"));
            return written.Record;
        }

        private SessionRecord Decrypt(
            JsonElement step,
            SessionRecord? record,
            Func<KeyPair> generate
        )
        {
            var wire = step.Bytes("wire");
            var read = IsPreKeyMessage(step)
                ? SessionCipher.Decrypt(
                    record,
                    _identity,
                    PreKeyWhisperMessage.Parse(wire),
                    record is null ? _signedPreKey : null,
                    record is null ? _preKey : null,
                    default,
                    generate
                )
                : SessionCipher.Decrypt(record!, _identity, wire, generate);
            read.Plaintext.ShouldBe(step.Bytes("plain"));
            read.UsedPreKeyId.ShouldBe(record is null ? _preKey?.Id : null);
            return read.Record;
        }

        private static bool IsPreKeyMessage(JsonElement step) =>
            step.GetProperty("type").GetInt32() == 3;
    }
}
