using System.Diagnostics;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Signal;

/// <summary>Damaged bytes are refused by the one exception that says so, or say what they said before: no crash, no blow-up.</summary>
public sealed class HostileTests
{
    private const int Inputs = 10_000;
    private const long MemoryPerInput = 1024 * 1024;

    private static readonly byte[] Text = new byte[40];

    private readonly Party _anna = new();
    private readonly Party _ben = new();

    [Fact]
    public void Messages_of_a_session()
    {
        _anna.Begin(_ben.Bundle());
        _ben.Read(_anna.Write("1"));
        _anna.Read(_ben.Write("2"));
        // Some known chains, some archived sessions, some skipped keys.
        for (var i = 0; i < 3; i++)
        {
            _anna.Write("lost");
            _ben.Read(_anna.Write("1"));
            _anna.Begin(_ben.Bundle());
            _ben.Read(_anna.Write("1"));
            _anna.Read(_ben.Write("2"));
        }
        var letter = _anna.Write(Text);
        letter.IsPreKeyMessage.ShouldBeFalse();
        using var record = _ben.Record!;
        Mutate(
            letter.Bytes,
            bytes =>
            {
                var read = SessionCipher.Decrypt(record, _ben.Identity, bytes);
                read.Plaintext.ShouldBe(Text);
                read.Record.Dispose();
            }
        );
    }

    [Fact]
    public void Messages_that_begin_a_session()
    {
        var signed = SignedPreKey.Create(_ben.Identity.Key, 9);
        _anna.Begin(
            _ben.Bundle() with
            {
                SignedPreKey = signed.Key.Public,
                Signature = signed.Signature,
                PreKey = null,
                PreKeyId = null,
            }
        );
        var letter = _anna.Write(Text);
        Mutate(
            letter.Bytes,
            bytes =>
            {
                var message = PreKeyWhisperMessage.Parse(bytes);
                var read = SessionCipher.Decrypt(null, _ben.Identity, message, signed, null);
                read.Plaintext.ShouldBe(Text);
                message.IdentityKey.ShouldBe(_anna.Identity.Key.Public);
                read.Record.Dispose();
            }
        );
    }

    [Fact]
    public void Group_messages_and_distributions()
    {
        using var ours = SenderKeyRecord.Create();
        var distribution = GroupCipher.Distribute(ours);
        using var theirs = GroupCipher.Process(null, distribution);
        Mutate(
            GroupCipher.Encrypt(ours, Text).Message,
            bytes => GroupCipher.Decrypt(theirs, bytes).Plaintext.ShouldBe(Text)
        );
        Mutate(
            distribution,
            bytes =>
            {
                using var given = GroupCipher.Process(theirs, bytes);
                SenderKeyRecord
                    .Deserialize(given.Serialize())
                    .Serialize()
                    .ShouldBe(given.Serialize());
            }
        );
    }

    [Fact]
    public void Stored_records()
    {
        _anna.Begin(_ben.Bundle());
        _anna.Write("lost");
        _ben.Read(_anna.Write("1"));
        var letter = _anna.Write(Text);
        Mutate(
            _ben.Stored!,
            bytes =>
            {
                using var record = SessionRecord.Deserialize(bytes);
                SessionCipher.Encrypt(record, _ben.Identity, Text).Record.Dispose();
                SessionCipher
                    .Decrypt(
                        record,
                        _ben.Identity,
                        PreKeyWhisperMessage.Parse(letter.Bytes),
                        null,
                        null
                    )
                    .Record.Dispose();
            }
        );
        using var ours = SenderKeyRecord.Create();
        Mutate(
            ours.Serialize(),
            bytes =>
            {
                using var record = SenderKeyRecord.Deserialize(bytes);
                if (record.CanEncrypt)
                    GroupCipher.Encrypt(record, Text).Record.Dispose();
            }
        );
    }

    [Fact]
    public void Bytes_of_nothing()
    {
        foreach (var bytes in new byte[][] { [], [0x33], new byte[9], new byte[100] })
        {
            _anna.Begin(_ben.Bundle());
            Malformed(() => SessionCipher.Decrypt(_anna.Record!, _anna.Identity, bytes));
            Malformed(() => PreKeyWhisperMessage.Parse(bytes));
            Malformed(() => GroupCipher.Process(null, bytes));
            using var ours = SenderKeyRecord.Create();
            Malformed(() => GroupCipher.Decrypt(ours, bytes));
            Malformed(() => SessionRecord.Deserialize(bytes));
            Malformed(() => SenderKeyRecord.Deserialize(bytes));
        }

        static void Malformed(Action act) =>
            Should.Throw<SignalException>(act).Reason.ShouldBe(SignalFailure.Malformed);
    }

    private static void Mutate(byte[] original, Action<byte[]> act)
    {
        act(original);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mutation.Of(original, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            // Read as the genuine text or refused in words: anything else is a defect.
            if (Record.Exception(() => act(input)) is { } e and not SignalException)
            {
                throw new UnreachableException(
                    $"seed {seed}, input {i}: {Convert.ToHexString(input)}",
                    e
                );
            }
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(
                MemoryPerInput,
                $"seed {seed}, input {i}"
            );
        }
    }
}
