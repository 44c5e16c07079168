using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Sessions;

public sealed class SessionWritesTests
{
    [Fact]
    public void The_last_of_each_key_and_record_counts()
    {
        var joined = SessionWrites.Join([
            Write with
            {
                Keys = [Key("a", 1), Key("b", 1)],
                Records = [Record(1, 1)],
            },
            Write with
            {
                Keys = [Key("a", 2)],
                Records = [Record(1, null), Record(2, 2)],
            },
        ]);

        joined.Keys.ShouldBe([Key("a", 2), Key("b", 1)], ignoreOrder: true);
        joined
            .Records.Select(r => (r.Name.Value, r.Ciphertext is null))
            .ShouldBe([(1, true), (2, false)]);
    }

    [Fact]
    public void Flags_of_a_chat_are_joined_one_by_one_and_a_wipe_takes_those_before_it()
    {
        var at = DateTimeOffset.UnixEpoch;
        SessionWrite Shown(ChatFlags flags) => Write with { ChatFlags = [new(new(1), flags)] };
        SessionWrite[] writes =
        [
            Shown(
                new()
                {
                    Archived = true,
                    Muted = true,
                    MutedUntil = at,
                }
            ),
            Shown(new() { Pinned = true, Archived = false }),
            Shown(new() { Muted = true }),
        ];

        SessionWrites
            .Join(writes)
            .ChatFlags.Single()
            .Flags.ShouldBe(
                new()
                {
                    Archived = false,
                    Pinned = true,
                    Muted = true,
                }
            );
        SessionWrites
            .Join([writes[0], Write with { WipeKeys = true }, writes[1]])
            .ChatFlags.Single()
            .Flags.ShouldBe(new() { Archived = false, Pinned = true });
    }

    [Fact]
    public void Removals_of_a_chat_are_joined_to_the_latest()
    {
        SessionWrite Gone(int seconds) =>
            Write with
            {
                ChatRemovals = [new(new(1), DateTimeOffset.FromUnixTimeSeconds(seconds))],
            };
        SessionWrites
            .Join([Gone(2), Gone(3), Gone(1)])
            .ChatRemovals.Single()
            .Until.ToUnixTimeSeconds()
            .ShouldBe(3);
    }

    [Fact]
    public void What_stood_before_a_wipe_is_wiped()
    {
        var joined = SessionWrites.Join([
            Write with
            {
                Keys = [Key("a", 1)],
                Records = [Record(1, 1)],
                Events = [new EventRow(1, "message", 1, [1])],
                Outbox = [Out("x", OutboxState.Encrypted), Out("y", OutboxState.Acked)],
            },
            Write with
            {
                WipeKeys = true,
                Keys = [Key("b", 1)],
            },
            Write with
            {
                Keys = [Key("c", 1)],
                Outbox = [Out("z", OutboxState.Encrypted)],
            },
        ]);

        joined.WipeKeys.ShouldBeTrue();
        joined.Keys.Select(k => k.Id).ShouldBe(["b", "c"]);
        joined.Records.ShouldBeEmpty();
        joined.Events.Count.ShouldBe(1);
        joined
            .Outbox.Select(o => (o.Id, o.State))
            .ShouldBe([
                ("x", OutboxState.Queued),
                ("y", OutboxState.Acked),
                ("z", OutboxState.Encrypted),
            ]);
    }

    [Fact]
    public void Messages_only_move_on_and_keep_their_first_body()
    {
        var joined = SessionWrites.Join([
            Write with
            {
                Outbox = [Out("x", OutboxState.Queued) with { Body = [7] }],
            },
            Write with
            {
                Outbox = [Out("x", OutboxState.Acked)],
            },
            Write with
            {
                Outbox = [Out("x", OutboxState.Encrypted)],
            },
        ]);

        joined.Outbox.Single().State.ShouldBe(OutboxState.Acked);
        joined.Outbox.Single().Body.ShouldBe([7]);
    }

    [Theory]
    [InlineData("show", true, false)]
    [InlineData("clear", false, true)]
    [InlineData("show clear", false, true)]
    [InlineData("clear show", true, true)]
    public void The_last_word_about_the_code_counts(string words, bool shown, bool cleared)
    {
        var code = new PairingCode(1, 1, "QR", "secret", 1, 6, DateTimeOffset.UnixEpoch);
        var joined = SessionWrites.Join([
            Write,
            .. words
                .Split(' ')
                .Select(w =>
                    w == "show" ? Write with { Pairing = code } : Write with { ClearPairing = true }
                ),
        ]);

        (joined.Pairing is not null).ShouldBe(shown);
        joined.ClearPairing.ShouldBe(cleared);
    }

    [Fact]
    public void Writes_of_different_epochs_cannot_be_joined() =>
        Should.Throw<ArgumentException>(() => SessionWrites.Join([Write, new SessionWrite(1, 2)]));

    private static SessionWrite Write => new(1, 1);

    private static KeyWrite Key(string id, byte value) => new("test", id, value, null);

    private static RecordRow Record(int name, byte? value) =>
        new(new((UInt128)name), 1, value is { } v ? [v] : null);

    private static OutboxRow Out(string id, OutboxState state) => new(id, state, 1, [1], 1, [2]);
}
