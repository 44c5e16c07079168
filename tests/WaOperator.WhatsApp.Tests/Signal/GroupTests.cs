using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Tests.Signal;

public sealed class GroupTests
{
    private SenderKeyRecord _ours = SenderKeyRecord.Create();

    [Fact]
    public void Messages_are_read_in_any_order_and_once()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var theirs = Join();
        var messages = Enumerable.Range(0, 300).Select(i => (i, Bytes: Write((byte)i))).ToArray();
        random.Shuffle(messages);
        foreach (var (i, bytes) in messages.Skip(20))
        {
            theirs = Read(theirs, bytes, (byte)i, $"seed {seed}");
            if (random.Next(5) == 0)
                Refusal(theirs, bytes).ShouldBe(SignalFailure.DuplicateMessage, $"seed {seed}");
        }
        theirs.SkippedKeys.ShouldBeLessThanOrEqualTo(20, $"seed {seed}");
    }

    [Fact]
    public void Who_joins_later_reads_only_what_comes_later()
    {
        var before = Write(1);
        var theirs = Join();
        Refusal(theirs, before).ShouldBe(SignalFailure.DuplicateMessage);
        Read(theirs, Write(2), 2, "");
    }

    [Fact]
    public void A_key_given_again_continues_and_does_not_read_twice()
    {
        var distribution = GroupCipher.Distribute(_ours);
        var theirs = GroupCipher.Process(null, distribution);
        var (first, second) = (Write(1), Write(2));
        theirs = Read(theirs, second, 2, "");
        theirs = GroupCipher.Process(theirs, distribution);
        Refusal(theirs, second).ShouldBe(SignalFailure.DuplicateMessage);
        Read(theirs, first, 1, "");
    }

    [Fact]
    public void Late_messages_of_the_last_five_keys_are_read()
    {
        SenderKeyRecord? theirs = null;
        var late = new List<byte[]>();
        for (var i = 0; i < 7; i++)
        {
            _ours = SenderKeyRecord.Create();
            theirs = GroupCipher.Process(theirs, GroupCipher.Distribute(_ours));
            late.Add(Write((byte)i));
        }
        for (var i = 0; i < 2; i++)
            Refusal(theirs!, late[i]).ShouldBe(SignalFailure.NoSession);
        for (var i = 2; i < 7; i++)
            theirs = Read(theirs!, late[i], (byte)i, $"{i}");
    }

    [Fact]
    public void Gaps_are_bounded_and_a_key_given_again_gets_over_them()
    {
        var theirs = Join();
        Skip(SenderKeyRecord.MaxAhead);
        var reachable = Write(1);
        Skip(1);
        var beyond = Write(2);
        Refusal(theirs, beyond).ShouldBe(SignalFailure.TooFarAhead);
        var given = GroupCipher.Process(theirs, GroupCipher.Distribute(_ours));
        given.Iteration.ShouldBe(_ours.Iteration);
        Read(given, Write(3), 3, "");
        theirs = Read(theirs, reachable, 1, "");
        theirs.SkippedKeys.ShouldBe(SenderKeyRecord.MaxSkipped);
        Read(theirs, beyond, 2, "");
    }

    [Fact]
    public void Only_the_owner_writes_with_a_key()
    {
        var theirs = Join();
        theirs.CanEncrypt.ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => GroupCipher.Encrypt(theirs, [1]));
        Should.Throw<InvalidOperationException>(() => GroupCipher.Distribute(theirs));
        // A member who knows the chain key signs with a key of its own.
        using var signing = KeyPair.Generate();
        var forger = new SenderKeyRecord([
            new()
            {
                Id = theirs.KeyId,
                Chain = theirs.Current.Chain.Copy(),
                SigningPublic = signing.Public,
                SigningPrivate = signing.Private,
            },
        ]);
        Refusal(theirs, GroupCipher.Encrypt(forger, [1]).Message)
            .ShouldBe(SignalFailure.BadSignature);
    }

    [Fact]
    public void A_disposed_record_holds_no_keys()
    {
        Write(1);
        var state = _ours.Current;
        _ours.Dispose();
        state.Chain.Key!.ShouldAllBe(b => b == 0);
        state.SigningPrivate!.ShouldAllBe(b => b == 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    public void Padding_comes_off_as_it_went_on(int length)
    {
        var message = new byte[length];
        for (var size = 1; size <= 16; size++)
            MessagePadding.Unpad(MessagePadding.Pad(message, size)).ToArray().ShouldBe(message);
        var padded = MessagePadding.Pad(message);
        padded.Length.ShouldBeInRange(length + 1, length + 16);
        MessagePadding.Unpad(padded).ToArray().ShouldBe(message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0100")]
    [InlineData("05")]
    [InlineData("010203")]
    public void What_is_no_padding_is_refused(string hex) =>
        Should
            .Throw<SignalException>(() =>
                MessagePadding.Unpad(Convert.FromHexString(hex)).ToArray()
            )
            .Reason.ShouldBe(SignalFailure.Malformed);

    private SenderKeyRecord Join() => GroupCipher.Process(null, GroupCipher.Distribute(_ours));

    private byte[] Write(byte content)
    {
        var written = GroupCipher.Encrypt(_ours, [content]);
        _ours = SenderKeyRecord.Deserialize(written.Record.Serialize());
        return written.Message;
    }

    private void Skip(int count)
    {
        var chain = _ours.Current.Chain;
        for (; count > 0; count--)
            chain.Take(chain.Next, 0);
    }

    private static SenderKeyRecord Read(
        SenderKeyRecord record,
        byte[] message,
        byte content,
        string about
    )
    {
        var read = GroupCipher.Decrypt(record, message);
        read.Plaintext.ShouldBe([content], about);
        return SenderKeyRecord.Deserialize(read.Record.Serialize());
    }

    private static SignalFailure Refusal(SenderKeyRecord record, byte[] message) =>
        Should.Throw<SignalException>(() => GroupCipher.Decrypt(record, message)).Reason;
}
