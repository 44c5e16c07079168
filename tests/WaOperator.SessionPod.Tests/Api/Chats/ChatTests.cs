using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Api.Chats;

/// <summary>What others see of a session beside its messages.</summary>
public sealed class ChatTests
{
    private const string Bert = "491522222222";

    [Fact]
    public async Task Messages_that_were_read_are_told_to_their_sender()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        using var events = await rooms.Api.FollowAsync(anna.Name);
        var one = await rooms.Api.TextAsync(anna.Name, bert.Phone, "one");
        var two = await rooms.Api.TextAsync(anna.Name, bert.Phone, "two");
        await rooms.Api.StateAsync(anna.Name, two, "Acked");

        await rooms.AskedAsync(
            204,
            HttpMethod.Post,
            bert,
            "/read",
            new { chat = anna.Phone, messages = new[] { one, two } }
        );
        SeenEvent receipt;
        do receipt = await events.NextAsync("receipt");
        while ((string?)receipt.Data["receipt"] != "read");
        receipt.Data["ids"]!.AsArray().Select(id => (string)id!).ShouldBe([one, two]);

        // In a group the sender stands with the messages.
        var group = await Groups.GroupTests.CreateAsync(rooms, anna, bert.Phone);
        var three = await rooms.Api.TextAsync(anna.Name, group, "three");
        await rooms.Api.StateAsync(anna.Name, three, "Acked");
        (
            await rooms.RefusedAsync(
                400,
                HttpMethod.Post,
                bert,
                "/read",
                new { chat = group, messages = new[] { three } }
            )
        ).ShouldBe("invalid-body");
        await rooms.AskedAsync(
            204,
            HttpMethod.Post,
            bert,
            "/read",
            new
            {
                chat = group,
                from = anna.Phone,
                messages = new[] { three },
                played = true,
            }
        );
        do receipt = await events.NextAsync("receipt");
        while ((string?)receipt.Data["receipt"] != "played");
        receipt.Data["ids"]!.AsArray().Select(id => (string)id!).ShouldBe([three]);
    }

    [Fact]
    public async Task One_message_says_by_its_id_in_which_chat_it_is()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        using var events = await rooms.Api.FollowAsync(anna.Name);
        using var inbox = await rooms.Api.FollowAsync(bert.Name);
        var group = await Groups.GroupTests.CreateAsync(rooms, anna, bert.Phone);
        foreach (var chat in new[] { bert.Phone, group })
        {
            var id = await rooms.Api.TextAsync(anna.Name, chat, "one");
            while ((string?)(await inbox.NextAsync("message")).Data["id"] != id) { }

            await rooms.AskedAsync(
                204,
                HttpMethod.Post,
                bert,
                "/read",
                new { messages = new[] { id } }
            );
            SeenEvent receipt;
            do receipt = await events.NextAsync("receipt");
            while ((string?)receipt.Data["receipt"] != "read");
            receipt.Data["ids"]!.AsArray().Select(i => (string)i!).ShouldBe([id]);
            await rooms.AskedAsync(
                204,
                HttpMethod.Post,
                bert,
                "/typing",
                new { message = id, state = "composing" }
            );
        }

        foreach (
            var (status, slug, path, body) in new (int, string, string, object)[]
            {
                (404, "unknown-message", "/read", new { messages = new[] { "3EB0NONE" } }),
                (400, "invalid-body", "/read", new { messages = new[] { "3EB0A", "3EB0B" } }),
                (404, "unknown-message", "/typing", new { message = "3EB0NONE", state = "paused" }),
                (
                    400,
                    "invalid-body",
                    "/typing",
                    new
                    {
                        chat = anna.Phone,
                        message = "3EB0A",
                        state = "paused",
                    }
                ),
            }
        )
            (await rooms.RefusedAsync(status, HttpMethod.Post, bert, path, body)).ShouldBe(slug);
    }

    [Fact]
    public async Task Typing_presence_and_name_are_seen()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        await using var bert = await Onlooker.ConnectedAsync(rooms.World, Bert);
        var account = new Jid(anna.Phone, Jid.PhoneServer);

        foreach (
            var (name, state) in new[]
            {
                ("composing", ChatState.Composing),
                ("recording", ChatState.Recording),
                ("paused", ChatState.Paused),
            }
        )
        {
            await rooms.AskedAsync(
                204,
                HttpMethod.Post,
                anna,
                "/typing",
                new { chat = "+" + Bert, state = name }
            );
            (await bert.SeesAsync<ChatStateChanged>(s => s.State == state)).Chat.ShouldBe(account);
        }

        await bert.Device.SubscribePresenceAsync(account, default);
        await rooms.AskedAsync(204, HttpMethod.Post, anna, "/presence", new { available = true });
        await bert.SeesAsync<PresenceChanged>(p => p.Available);
        await rooms.AskedAsync(204, HttpMethod.Post, anna, "/presence", new { available = false });
        await bert.SeesAsync<PresenceChanged>(p => !p.Available);

        await rooms.AskedAsync(
            204,
            HttpMethod.Patch,
            anna,
            "/profile",
            new { name = "Anna's shop" }
        );
        await Eventually.True(
            "the server to know the name",
            () =>
                Task.FromResult(
                    rooms.World.Simulator.Server.Directory.TryGet(anna.Phone, out var phone)
                        && phone.Name == "Anna's shop"
                )
        );
        (await rooms.World.CredentialsAsync(anna)).PushName.ShouldBe("Anna's shop");
    }

    [Fact]
    public async Task Those_who_come_and_go_and_type_are_heard_of_while_a_stream_is_read()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        await using var bert = await Onlooker.ConnectedAsync(rooms.World, Bert);
        using var events = await rooms.Api.FollowAsync(anna.Name);
        await rooms.AskedAsync(
            204,
            HttpMethod.Post,
            anna,
            "/presence/subscribe",
            new { contacts = new[] { "+" + Bert } }
        );

        // He is not there yet.
        var first = await events.NextAsync("presence");
        ((bool)first.Data["available"]!).ShouldBeFalse();
        first.Data["lastSeen"].ShouldNotBeNull();
        await bert.Device.SetPresenceAsync(available: true, default);
        var second = await events.NextAsync("presence");
        ((string?)second.Data["account"]).ShouldBe($"{Bert}@s.whatsapp.net");
        ((bool)second.Data["available"]!).ShouldBeTrue();
        await bert.Device.SendChatStateAsync(
            new Jid(anna.Phone, Jid.PhoneServer),
            ChatState.Composing,
            default
        );
        var typing = await events.NextAsync("typing");
        ((string?)typing.Data["state"]).ShouldBe("composing");

        foreach (
            object body in new object[]
            {
                new { },
                new { contacts = Array.Empty<string>() },
                new { contacts = new[] { "x" } },
                new { contacts = new[] { Bert, "+" + Bert } },
                new { contacts = new[] { "120363000000000001@g.us" } },
                new { contacts = Enumerable.Range(0, 101).Select(i => $"4915100000{i:000}") },
            }
        )
            (
                await rooms.RefusedAsync(400, HttpMethod.Post, anna, "/presence/subscribe", body)
            ).ShouldBe("invalid-body");
    }
}
