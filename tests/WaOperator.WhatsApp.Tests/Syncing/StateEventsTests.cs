using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Syncing;

namespace WaOperator.WhatsApp.Tests.Syncing;

public sealed class StateEventsTests
{
    private static readonly Jid Bert = Jid.Parse("491701234567@s.whatsapp.net");
    private static readonly Jid Clara = Jid.Parse("491701234568@s.whatsapp.net");

    [Fact]
    public void A_snapshot_says_how_chats_are_shown_and_deletes_none()
    {
        var synced = StateEvents.Of(
            "regular_low",
            Snapshot(
                (new AccountChange.Pin(Bert, true), 20),
                (new AccountChange.Archive(Bert, false), 10),
                (new AccountChange.Delete(Clara), 30),
                (new AccountChange.Mute(Clara, null), 40)
            )
        );
        synced.Chats.ShouldBe(4);
        synced.Shown.ShouldBe([
            new ChatChanged
            {
                Chat = Clara,
                Muted = false,
                Timestamp = 40,
            },
            new ChatChanged
            {
                Chat = Bert,
                Pinned = true,
                Archived = false,
                Timestamp = 20,
            },
        ]);
    }

    [Fact]
    public void Of_very_many_chats_those_that_changed_last_are_shown()
    {
        var changes = Enumerable
            .Range(1, 10_005)
            .Select(i =>
                (
                    (AccountChange)
                        new AccountChange.Pin(new($"4917{i:000000}", Jid.PhoneServer), true),
                    i
                )
            );
        var shown = StateEvents.Of("regular_low", Snapshot([.. changes])).Shown;
        (shown.Count, shown[^1].Timestamp).ShouldBe((10_000, 6));
    }

    private static Applied Snapshot(params (AccountChange Change, int Seconds)[] changes) =>
        new(
            CollectionState.Empty,
            new Dictionary<string, byte[]?>(),
            [
                .. changes.SelectMany(change =>
                    ActionWriter
                        .Write(change.Change, DateTimeOffset.FromUnixTimeSeconds(change.Seconds))
                        .Changes.Select(c => new Mutation(c.Operation, c.Index, c.Value))
                ),
            ],
            0
        );
}
