using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.Journal;
using WaOperator.SessionPod.Tests.World;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Streams;

/// <summary>Presence and typing: told to those who read at that moment, and stored nowhere.</summary>
public sealed class PassingTests
{
    private static readonly Jid Anna = new("491701234567", Jid.PhoneServer);
    private static readonly Jid Trip = new("120363000000000001", Jid.GroupServer);

    [Fact]
    public async Task The_stream_of_a_session_shows_it_without_a_number()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var phone = await network.ConnectionAsync(session, 1);
        await phone.EstablishAsync();
        using var api = new ApiClient(pod.Api);
        using var events = await api.FollowAsync(session.Name, after: 0);
        // The stream follows from here on.
        await phone.JournalAsync(new MessageSent("M1", Anna.ToString(), null));
        var sent = await events.NextAsync("sent");
        var stored = (await world.JournalAsync(session)).Count;

        await phone.TellAsync(
            new PresenceChanged(Anna, Available: false)
            {
                LastSeen = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000),
            }
        );
        await phone.TellAsync(new ChatStateChanged(Trip, Anna, ChatState.Recording));

        var presence = await events.NextAsync("presence");
        presence.Id.ShouldBeNull();
        ((string?)presence.Data["account"]).ShouldBe(Anna.ToString());
        ((bool)presence.Data["available"]!).ShouldBeFalse();
        ((long)presence.Data["lastSeen"]!).ShouldBe(1_800_000_000);
        var typing = await events.NextAsync("typing");
        typing.Id.ShouldBeNull();
        ((string?)typing.Data["chat"]).ShouldBe(Trip.ToString());
        ((string?)typing.Data["sender"]).ShouldBe(Anna.ToString());
        ((string?)typing.Data["state"]).ShouldBe("recording");
        (await world.JournalAsync(session)).Count.ShouldBe(stored, "nothing was stored");

        // Numbers continue as if nothing had passed.
        await phone.JournalAsync(new MessageSent("M2", Anna.ToString(), null));
        (await events.NextAsync("sent")).Id.ShouldBe(sent.Id + 1);
    }

    [Fact]
    public async Task The_stream_of_many_sessions_shows_it_to_those_who_ask_and_moves_no_position()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var phone = await network.ConnectionAsync(session, 1);
        await phone.EstablishAsync();
        using var all = await FeedClient.OpenAsync(pod, new() { [session.Id] = 0 });
        using var typing = await FeedClient.OpenAsync(
            pod,
            new() { [session.Id] = 0 },
            types: ["chat.typing", "message.sent"]
        );
        using var none = await FeedClient.OpenAsync(
            pod,
            new() { [session.Id] = 0 },
            types: ["message.sent"]
        );
        await phone.JournalAsync(new MessageSent("M1", Anna.ToString(), null));
        foreach (var feed in new[] { all, typing, none })
            await feed.UntilAsync(i => i.Type == "message.sent");

        await phone.TellAsync(new PresenceChanged(Anna, Available: true));
        await phone.TellAsync(new ChatStateChanged(Anna, Anna, ChatState.Composing));

        var presence = (await all.NextAsync())!;
        (presence.Type, presence.Session, presence.Seq).ShouldBe(
            ("presence.changed", session.Id, 0)
        );
        ((string?)presence.Data!["id"]).ShouldStartWith("pas_");
        presence.Data["sequence"].ShouldBeNull();
        ((string?)presence.Data["subject"]).ShouldBe(Anna.ToString());
        ((string?)presence.Data["session"]).ShouldBe($"ns/{session.Name}");
        ((bool)presence.Data["data"]!["available"]!).ShouldBeTrue();
        var first = (await all.NextAsync())!;
        var second = (await typing.NextAsync())!;
        first.Type.ShouldBe("chat.typing");
        second.Type.ShouldBe("chat.typing");
        ((string?)first.Data!["id"]).ShouldBe(
            (string?)second.Data!["id"],
            "it is the same event for all"
        );
        await phone.JournalAsync(new MessageSent("M2", Anna.ToString(), null));
        (await none.NextAsync())!.Type.ShouldBe("message.sent");
    }

    [Fact]
    public void It_has_no_form_to_be_stored_in() =>
        Should
            .Throw<ArgumentException>(() => JournalCodec.Encode(Passing.Heard()))
            .Message.ShouldContain("stored nowhere");
}
