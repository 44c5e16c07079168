using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Tests.Signal;

public sealed class SessionTests
{
    private readonly Party _anna = new();
    private readonly Party _ben = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_session_begins_with_and_without_a_one_time_prekey(bool oneTime)
    {
        _anna.Begin(_ben.Bundle(oneTime)).ShouldBeFalse();
        _anna.Record!.IsUnacknowledged.ShouldBeTrue();
        var first = _ben.Read(_anna.Write("1"));
        first.UsedPreKeyId.ShouldBe(oneTime ? 1u : null);
        // Until it hears of us, the sender begins again with each message.
        var second = _anna.Write("2");
        second.IsPreKeyMessage.ShouldBeTrue();
        _ben.Read(second).UsedPreKeyId.ShouldBeNull();
        _anna.ReadText(_ben.Write("3")).ShouldBe("3");
        _anna.Write("4").IsPreKeyMessage.ShouldBeFalse();
        _anna.Record!.TheirIdentity.ToArray().ShouldBe(_ben.Identity.Key.Public);
    }

    [Fact]
    public void A_one_time_prekey_serves_once()
    {
        var bundle = _ben.Bundle();
        var other = new Party();
        _anna.Begin(bundle);
        other.Begin(bundle);
        _ben.Read(_anna.Write("first"));
        new Party().Refuses(other.Write("x")).ShouldBe(SignalFailure.NoPreKey);
        _ben.Refuses(other.Write("second")).ShouldBe(SignalFailure.NoPreKey);
    }

    [Fact]
    public void A_prekey_whose_signature_does_not_hold_begins_nothing()
    {
        var bundle = _ben.Bundle();
        var stranger = KeyPair.Generate().Public;
        Fails(bundle with { SignedPreKey = stranger }).ShouldBe(SignalFailure.BadSignature);
        Fails(bundle with { IdentityKey = stranger }).ShouldBe(SignalFailure.BadSignature);
        Fails(bundle with { Signature = new byte[64] }).ShouldBe(SignalFailure.BadSignature);
        Fails(bundle with { PreKey = null }).ShouldBe(SignalFailure.Malformed);
        Fails(bundle with { PreKey = new byte[33] }).ShouldBe(SignalFailure.Malformed);
        Fails(bundle with { PreKey = new byte[32] }).ShouldBe(SignalFailure.Malformed);

        SignalFailure Fails(PreKeyBundle damaged) =>
            Should.Throw<SignalException>(() => _anna.Begin(damaged)).Reason;
    }

    [Fact]
    public void Another_identity_is_reported_and_ends_the_old_sessions()
    {
        _anna.Begin(_ben.Bundle());
        _ben.Read(_anna.Write("1"));
        _anna.Read(_ben.Write("2"));
        var late = _ben.Write("late");

        var fresh = new Party();
        fresh.Begin(_anna.Bundle());
        var first = fresh.Write("3");
        _anna.Refuses(first, _ben.Identity.Key.Public).ShouldBe(SignalFailure.UntrustedIdentity);
        var read = _anna.Read(first, fresh.Identity.Key.Public);
        read.Record.TheirIdentity.ToArray().ShouldBe(fresh.Identity.Key.Public);
        _anna.Record!.ArchivedCount.ShouldBe(0);
        _anna.Refuses(late).ShouldBe(SignalFailure.BadMac);
        _anna.Begin(fresh.Bundle()).ShouldBeFalse();
        _anna.Begin(_ben.Bundle()).ShouldBeTrue();
    }

    [Fact]
    public void Late_messages_of_the_last_forty_sessions_are_read()
    {
        _anna.Begin(_ben.Bundle());
        var late = new List<Letter>();
        for (var i = 0; i < 60; i++)
        {
            _anna.Begin(_ben.Bundle());
            _ben.ReadText(_anna.Write($"{i}")).ShouldBe($"{i}");
            late.Add(_anna.Write($"late {i}"));
        }
        _ben.Record!.ArchivedCount.ShouldBe(SessionRecord.MaxArchived);
        _anna.Record!.ArchivedCount.ShouldBe(SessionRecord.MaxArchived);
        for (var i = 0; i < 60 - SessionRecord.MaxArchived - 1; i++)
            _ben.Refuses(late[i]).ShouldBe(SignalFailure.NoPreKey);
        for (var i = 60 - SessionRecord.MaxArchived - 1; i < 60; i++)
            _ben.ReadText(late[i]).ShouldBe($"late {i}");
        // The session used last is the current one, so that both sides come together again.
        _anna.ReadText(_ben.Write("back")).ShouldBe("back");
    }

    [Fact]
    public void Keys_of_skipped_messages_are_kept_up_to_their_bound()
    {
        Begin();
        var letters = Letters(SessionRecord.MaxAhead + 1);
        _ben.ReadText(letters[^1]).ShouldBe($"{SessionRecord.MaxAhead}");
        _ben.Record!.SkippedKeys.ShouldBe(SessionRecord.MaxSkipped);
        // Others of another chain push out the oldest of these, which is no reason to call them read.
        _anna.Read(_ben.Write("turn"));
        var more = Letters(11);
        _ben.Read(more[^1]);
        _ben.Record!.SkippedKeys.ShouldBe(SessionRecord.MaxSkipped);
        var kept = SessionRecord.MaxAhead - SessionRecord.MaxSkipped + 10;
        for (var i = kept - 20; i < kept; i++)
            _ben.Refuses(letters[i]).ShouldBe(SignalFailure.KeyForgotten);
        _ben.Refuses(letters[^1]).ShouldBe(SignalFailure.DuplicateMessage);
        foreach (var i in new[] { kept, kept + 1, kept + 100, SessionRecord.MaxAhead - 1 })
            _ben.ReadText(letters[i]).ShouldBe($"{i}");
        _ben.ReadText(more[0]).ShouldBe("0");
        _ben.Record!.SkippedKeys.ShouldBe(SessionRecord.MaxSkipped - 5);
    }

    [Fact]
    public void A_message_too_far_ahead_is_refused_on_a_new_chain_and_on_a_known_one()
    {
        Begin();
        var letters = Letters(2 * SessionRecord.MaxAhead + 3);
        _ben.Refuses(letters[SessionRecord.MaxAhead + 1]).ShouldBe(SignalFailure.TooFarAhead);
        _ben.Read(letters[0]);
        _ben.Refuses(letters[SessionRecord.MaxAhead + 2]).ShouldBe(SignalFailure.TooFarAhead);
        _ben.ReadText(letters[SessionRecord.MaxAhead + 1])
            .ShouldBe($"{SessionRecord.MaxAhead + 1}");
        _ben.Record!.SkippedKeys.ShouldBe(SessionRecord.MaxSkipped);
    }

    [Fact]
    public void A_late_message_is_read_after_many_turns_unless_too_many_others_are_late()
    {
        Begin();
        var late = new List<Letter>();
        for (var i = 0; i < RatchetState.MaxReceiving; i++)
        {
            late.Add(_anna.Write($"late {i}"));
            // Chains that were read to their end make room before those that were not.
            for (var turn = 0; turn < 10; turn++)
            {
                _ben.Read(_anna.Write("to"));
                _anna.Read(_ben.Write("back"));
            }
        }
        _ben.Refuses(late[0]).ShouldBe(SignalFailure.BadMac);
        for (var i = 1; i < RatchetState.MaxReceiving; i++)
            _ben.ReadText(late[i]).ShouldBe($"late {i}");
        _ben.Record!.SkippedKeys.ShouldBe(0);
    }

    [Fact]
    public void The_record_given_stays_as_it_was()
    {
        Begin();
        var letter = _anna.Write("text");
        using var record = _ben.Record!;
        var before = record.Serialize();
        for (var i = 0; i < 2; i++)
        {
            using var read = SessionCipher.Decrypt(record, _ben.Identity, letter.Bytes).Record;
            using var written = SessionCipher.Encrypt(record, _ben.Identity, [1]).Record;
            written.Serialize().ShouldNotBe(before);
        }
        record.Serialize().ShouldBe(before);
    }

    [Fact]
    public void A_disposed_record_holds_no_keys()
    {
        Begin();
        _ben.Read(Letters(3)[^1]);
        var record = _ben.Record!;
        using var copy = record.Copy();
        record.Dispose();
        var state = record.Current;
        var chain = state.Receiving[^1].Keys;
        chain.Skipped.Count.ShouldBe(2);
        byte[][] secrets =
        [
            state.RootKey,
            state.SendingKey!,
            state.Ratchet.Private,
            chain.Key!,
            .. chain.Skipped.Select(key => key.Seed),
        ];
        secrets.ShouldAllBe(secret => secret.All(b => b == 0));
        copy.Serialize().ShouldBe(_ben.Stored);
    }

    [Fact]
    public void A_stranger_who_floods_with_bad_messages_changes_nothing_and_is_told_so()
    {
        Begin();
        var before = _ben.Stored;
        var letter = _anna.Write("text");
        for (var i = 1; i <= 8; i++)
        {
            var damaged = letter.Bytes.ToArray();
            damaged[^i] ^= 1;
            _ben.Refuses(new(false, damaged)).ShouldBe(SignalFailure.BadMac);
        }
        _ben.Stored.ShouldBe(before);
        _ben.ReadText(letter).ShouldBe("text");
    }

    private void Begin()
    {
        _anna.Begin(_ben.Bundle());
        _ben.Read(_anna.Write("hello"));
        _anna.Read(_ben.Write("hello"));
    }

    private List<Letter> Letters(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _anna.Write($"{i}"))];
}
