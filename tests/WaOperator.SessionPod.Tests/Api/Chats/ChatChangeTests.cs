using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Chats;

/// <summary>How chats, messages and contacts are shown on all devices of an account, changed through the API and on the phone.</summary>
public sealed class ChatChangeTests
{
    private static readonly DateTimeOffset Until = DateTimeOffset.FromUnixTimeSeconds(
        4_000_000_000
    );

    [Fact]
    public async Task What_the_api_changes_the_phone_shows_and_what_the_phone_changes_the_api_shows()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        using var phone = new Phone(rooms, anna);
        var chat = $"/chats/{bert.Phone}";
        var id = await rooms.Api.TextAsync(anna.Name, bert.Phone, "one");
        await rooms.Api.StateAsync(anna.Name, id, "Acked");
        (await rooms.AskedAsync(200, HttpMethod.Get, anna, chat))["archived"].ShouldBeNull();

        // A phone that owns no state shares no keys.
        foreach (
            var (method, path, body) in new (HttpMethod, string, object?)[]
            {
                (HttpMethod.Patch, chat, new { pinned = true }),
                (HttpMethod.Put, $"/messages/{id}/star", null),
                (HttpMethod.Post, $"/messages/{id}/delete-for-me", null),
                (HttpMethod.Post, $"{chat}/clear", null),
                (HttpMethod.Delete, chat, null),
                (HttpMethod.Put, $"/contacts/{bert.Phone}", new { name = "Bert" }),
                (HttpMethod.Delete, $"/contacts/{bert.Phone}", null),
                (HttpMethod.Put, "/labels/1", new { name = "New" }),
                (HttpMethod.Delete, "/labels/1", null),
                (HttpMethod.Put, "/labels/1" + chat, null),
                (HttpMethod.Put, $"/labels/1/messages/{id}", null),
                (HttpMethod.Put, "/quick-replies/1", new { shortcut = "hi", text = "Hi" }),
                (HttpMethod.Delete, "/quick-replies/1", null),
            }
        )
            (await rooms.RefusedAsync(503, method, anna, path, body)).ShouldBe(
                "awaiting-phone",
                path
            );
        (await rooms.AskedAsync(200, HttpMethod.Get, anna, chat))["pinned"].ShouldBeNull();

        await phone.OwnStateAsync();
        await Eventually.True(
            "the phone has shared its keys",
            async () =>
                (await rooms.AskAsync(HttpMethod.Patch, anna, chat, new { pinned = true })).Status
                == 204
        );
        ((bool)(await phone.ChatAsync(bert))["pinned"]!).ShouldBeTrue();
        await rooms.AskedAsync(
            204,
            HttpMethod.Patch,
            anna,
            chat,
            new
            {
                archived = true,
                mutedUntil = Until,
                unread = true,
            }
        );
        var shown = await phone.ChatAsync(bert);
        (
            (bool)shown["archived"]!,
            (bool)shown["pinned"]!,
            (bool)shown["unread"]!,
            (DateTimeOffset)shown["mutedUntil"]!
        ).ShouldBe((true, false, true, Until));
        var seen = await rooms.AskedAsync(200, HttpMethod.Get, anna, chat);
        (
            (bool)seen["archived"]!,
            (bool)seen["pinned"]!,
            (bool)seen["markedUnread"]!,
            (bool)seen["muted"]!,
            (DateTimeOffset)seen["mutedUntil"]!,
            (int)seen["unread"]!
        ).ShouldBe((true, false, true, true, Until, 0));
        await rooms.AskedAsync(204, HttpMethod.Patch, anna, chat, new { muted = true });
        ((DateTimeOffset)(await phone.ChatAsync(bert))["mutedUntil"]!).ShouldBe(
            DateTimeOffset.MaxValue
        );
        seen = await rooms.AskedAsync(200, HttpMethod.Get, anna, chat);
        ((bool)seen["muted"]!).ShouldBeTrue();
        seen["mutedUntil"].ShouldBeNull();

        // On the phone; the list has it, too.
        await phone.ChangeAsync(
            new
            {
                kind = "mute",
                chat = Phone.Address(bert),
                on = false,
            },
            new { kind = "pin", chat = Phone.Address(bert) }
        );
        await Eventually.True(
            "the list shows what the phone has done",
            async () =>
                (await rooms.AskedAsync(200, HttpMethod.Get, anna, "/chats"))["data"]![0]
                    is { } listed
                && (bool)listed["muted"]! == false
                && (bool)listed["pinned"]!
        );
        ((bool)(await rooms.AskedAsync(200, HttpMethod.Get, anna, chat))["archived"]!).ShouldBe(
            true,
            "what did not change stays"
        );

        await rooms.AskedAsync(204, HttpMethod.Put, anna, $"/messages/{id}/star");
        (await phone.StateAsync())["starred"]!.AsArray().Single()!.GetValue<string>().ShouldBe(id);
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, $"/messages/{id}/star");
        (await phone.StateAsync())["starred"]!.AsArray().ShouldBeEmpty();

        await rooms.AskedAsync(
            204,
            HttpMethod.Put,
            anna,
            $"/contacts/+{bert.Phone}",
            new { name = " Bert Brecht ", firstName = "Bert" }
        );
        ((string?)(await phone.StateAsync())["contacts"]![Phone.Address(bert)]).ShouldBe(
            "Bert Brecht"
        );
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, $"/contacts/{bert.Phone}");
        (await phone.StateAsync())["contacts"]!.AsObject().ShouldBeEmpty();
        ((int)(await phone.StateAsync())["refused"]!).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_deleted_for_the_account_is_deleted_on_its_phone_and_a_deleted_chat_is_listed_with_its_next_message()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        using var phone = new Phone(rooms, anna);
        await phone.OwnStateAsync();
        var chat = $"/chats/{bert.Phone}";
        var id = await rooms.Api.TextAsync(anna.Name, bert.Phone, "one");
        await rooms.Api.StateAsync(anna.Name, id, "Acked");
        await Eventually.True(
            "the phone has shared its keys",
            async () =>
                (await rooms.AskAsync(HttpMethod.Patch, anna, chat, new { pinned = true })).Status
                == 204
        );

        await rooms.AskedAsync(204, HttpMethod.Post, anna, $"/messages/{id}/delete-for-me");
        await rooms.AskedAsync(204, HttpMethod.Post, anna, $"{chat}/clear");
        await rooms.AskedAsync(200, HttpMethod.Get, anna, chat);
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, chat);
        var state = await phone.StateAsync();
        ((string?)state["deletedForMe"]!.AsArray().Single()).ShouldBe(id);
        ((string?)state["cleared"]!.AsArray().Single()).ShouldBe(Phone.Address(bert));
        ((string?)state["deleted"]!.AsArray().Single()).ShouldBe(Phone.Address(bert));
        ((int)state["refused"]!).ShouldBe(0);
        (await rooms.AskedAsync(200, HttpMethod.Get, anna, "/chats"))["data"]!
            .AsArray()
            .ShouldBeEmpty();
        (await rooms.RefusedAsync(404, HttpMethod.Get, anna, chat)).ShouldBe("unknown-chat");
        (await rooms.AskedAsync(200, HttpMethod.Get, anna, $"/messages/{id}")).ShouldNotBeNull();

        await rooms.Api.StateAsync(
            anna.Name,
            await rooms.Api.TextAsync(anna.Name, bert.Phone, "two"),
            "Acked"
        );
        var back = await rooms.AskedAsync(200, HttpMethod.Get, anna, chat);
        ((bool)back["pinned"]!).ShouldBeFalse("it comes back as a new one does");

        // On the phone.
        await phone.ChangeAsync(new { kind = "delete", chat = Phone.Address(bert) });
        await Eventually.True(
            "the list has lost what was deleted on the phone",
            async () =>
                (await rooms.AskedAsync(200, HttpMethod.Get, anna, "/chats"))["data"]!
                    .AsArray()
                    .Count == 0
        );

        await rooms.AskedAsync(204, HttpMethod.Patch, anna, "/profile", new { name = "Anna B" });
        ((string?)(await phone.StateAsync())["pushName"]).ShouldBe("Anna B");
    }

    [Fact]
    public async Task Labels_are_made_and_put_on_chats_and_messages_and_taken_off()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        using var phone = new Phone(rooms, anna);
        await phone.OwnStateAsync();
        var id = await rooms.Api.TextAsync(anna.Name, bert.Phone, "one");
        await rooms.Api.StateAsync(anna.Name, id, "Acked");
        var order = new { name = " New order ", color = 5 };
        await Eventually.True(
            "the phone has shared its keys",
            async () =>
                (await rooms.AskAsync(HttpMethod.Put, anna, "/labels/7", order)).Status == 204
        );
        await rooms.AskedAsync(204, HttpMethod.Put, anna, "/labels/9999", new { name = "Old" });
        foreach (var label in new[] { 7, 9999 })
        {
            await rooms.AskedAsync(
                204,
                HttpMethod.Put,
                anna,
                $"/labels/{label}/chats/{bert.Phone}"
            );
            await rooms.AskedAsync(204, HttpMethod.Put, anna, $"/labels/{label}/messages/{id}");
        }
        var chat = Phone.Address(bert);
        var state = await phone.StateAsync();
        state["labels"]!.ToJsonString().ShouldBe("""{"7":"New order","9999":"Old"}""");
        Labeled(state)
            .ShouldBe(
                [$"7 {chat}", $"7 {chat} {id}", $"9999 {chat}", $"9999 {chat} {id}"],
                ignoreOrder: true
            );

        await rooms.AskedAsync(204, HttpMethod.Delete, anna, $"/labels/7/chats/{bert.Phone}");
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, $"/labels/9999/messages/{id}");
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, "/labels/9999");
        state = await phone.StateAsync();
        state["labels"]!.ToJsonString().ShouldBe("""{"7":"New order"}""");
        Labeled(state).ShouldBe([$"7 {chat} {id}", $"9999 {chat}"], ignoreOrder: true);
        ((int)state["refused"]!).ShouldBe(0);

        static IEnumerable<string?> Labeled(JsonNode state) =>
            state["labeled"]!.AsArray().Select(n => (string?)n);
    }

    [Fact]
    public async Task Quick_replies_are_made_changed_and_removed_and_those_of_the_phone_are_told()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        using var phone = new Phone(rooms, anna);
        await phone.OwnStateAsync();
        var hours = new { shortcut = " hours ", text = "From 9 to 17.\nSee you!" };
        await Eventually.True(
            "the phone has shared its keys",
            async () =>
                (
                    await rooms.AskAsync(HttpMethod.Put, anna, "/quick-replies/1800000001", hours)
                ).Status == 204
        );
        await rooms.AskedAsync(
            204,
            HttpMethod.Put,
            anna,
            "/quick-replies/thanks",
            new { shortcut = "thx", text = "Thank you" }
        );
        await rooms.AskedAsync(
            204,
            HttpMethod.Put,
            anna,
            "/quick-replies/thanks",
            new { shortcut = "ty", text = "Thanks" }
        );
        (await phone.StateAsync())["quickReplies"]!
            .AsObject()
            .ToDictionary(pair => pair.Key, pair => (string?)pair.Value)
            .ShouldBe(
                new Dictionary<string, string?>
                {
                    ["1800000001"] = "/hours From 9 to 17.\nSee you!",
                    ["thanks"] = "/ty Thanks",
                },
                ignoreOrder: true
            );
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, "/quick-replies/thanks");
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, "/quick-replies/none");
        var state = await phone.StateAsync();
        state["quickReplies"]!.AsObject().Single().Key.ShouldBe("1800000001");
        ((int)state["refused"]!).ShouldBe(0);

        using var inbox = await rooms.Api.FollowAsync(anna.Name);
        await phone.ChangeAsync(
            new
            {
                kind = "quick-reply",
                id = "1800000002",
                shortcut = "hi",
                text = "Hi!",
            }
        );
        await phone.ChangeAsync(
            new
            {
                kind = "quick-reply",
                id = "1800000002",
                on = false,
            }
        );
        foreach (var deleted in new[] { false, true })
        {
            var told = (await inbox.NextAsync("quickReply")).Data;
            (
                (string?)told["id"],
                (string?)told["shortcut"],
                (string?)told["text"],
                (bool)told["deleted"]!
            ).ShouldBe(
                deleted ? ("1800000002", null, null, true) : ("1800000002", "hi", "Hi!", false)
            );
        }
    }

    [Fact]
    public async Task A_received_message_of_a_group_is_starred_by_its_sender_and_a_group_is_archived()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        using var phone = new Phone(rooms, bert);
        await phone.OwnStateAsync();
        var group = await Groups.GroupTests.CreateAsync(rooms, anna, bert.Phone);
        using var inbox = await rooms.Api.FollowAsync(bert.Name);
        var id = await rooms.Api.TextAsync(anna.Name, group, "one");
        while ((string?)(await inbox.NextAsync("message")).Data["id"] != id) { }
        await Eventually.True(
            "the phone has shared its keys",
            async () =>
                (await rooms.AskAsync(HttpMethod.Put, bert, $"/messages/{id}/star")).Status == 204
        );
        (await phone.StateAsync())["starred"]!.AsArray().Single()!.GetValue<string>().ShouldBe(id);
        await rooms.AskedAsync(
            204,
            HttpMethod.Patch,
            bert,
            $"/chats/{group}",
            new { archived = true }
        );
        var state = await phone.StateAsync();
        ((bool)state["chats"]![group]!["archived"]!).ShouldBeTrue();
        ((int)state["refused"]!).ShouldBe(0);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_before_anything_is()
    {
        await using var rooms = await RoomWorld.StartAsync(new());
        var anna = await rooms.World.PairedAsync(0);
        foreach (
            var body in new object[]
            {
                new { },
                new { archived = true, pinned = true },
                new { muted = false, mutedUntil = Until },
                new { mutedUntil = DateTimeOffset.UnixEpoch },
                new { mutedUntil = "tomorrow" },
                new { archived = "yes" },
                new { colour = "red" },
            }
        )
            (
                await rooms.RefusedAsync(400, HttpMethod.Patch, anna, "/chats/491700000042", body)
            ).ShouldBe("invalid-body", body.ToString());
        await rooms.RefusedAsync(400, HttpMethod.Patch, anna, "/chats/x", new { pinned = true });
        foreach (var id in new[] { "3EB0NONE", "x!" })
        {
            (await rooms.RefusedAsync(404, HttpMethod.Put, anna, $"/messages/{id}/star")).ShouldBe(
                "unknown-message"
            );
            (
                await rooms.RefusedAsync(
                    404,
                    HttpMethod.Post,
                    anna,
                    $"/messages/{id}/delete-for-me"
                )
            ).ShouldBe("unknown-message");
        }
        await rooms.RefusedAsync(400, HttpMethod.Delete, anna, "/chats/x");
        await rooms.RefusedAsync(400, HttpMethod.Post, anna, "/chats/x/clear");
        foreach (
            var body in new object[]
            {
                new { },
                new { name = " " },
                new { name = new string('x', 129) },
                new { name = "a", firstName = "" },
                new { name = "a\nb" },
            }
        )
            (
                await rooms.RefusedAsync(400, HttpMethod.Put, anna, "/contacts/491700000042", body)
            ).ShouldBe("invalid-body", body.ToString());
        await rooms.RefusedAsync(400, HttpMethod.Delete, anna, "/contacts/anna");
        foreach (
            var body in new object[]
            {
                new { },
                new { name = " " },
                new { name = new string('x', 101) },
                new { name = "a\nb" },
                new { name = "a", color = 20 },
                new { name = "a", color = -1 },
            }
        )
            (await rooms.RefusedAsync(400, HttpMethod.Put, anna, "/labels/7", body)).ShouldBe(
                "invalid-body",
                body.ToString()
            );
        foreach (var label in new[] { "0", "07", "10000", "-1", "x", "%D9%A7" })
        {
            await rooms.RefusedAsync(
                400,
                HttpMethod.Put,
                anna,
                $"/labels/{label}",
                new { name = "a" }
            );
            await rooms.RefusedAsync(400, HttpMethod.Delete, anna, $"/labels/{label}");
            await rooms.RefusedAsync(
                400,
                HttpMethod.Put,
                anna,
                $"/labels/{label}/chats/491700000042"
            );
            await rooms.RefusedAsync(
                400,
                HttpMethod.Delete,
                anna,
                $"/labels/{label}/messages/3EB0NONE"
            );
        }
        await rooms.RefusedAsync(400, HttpMethod.Put, anna, "/labels/7/chats/x");
        foreach (
            var body in new object[]
            {
                new { },
                new { shortcut = "hi" },
                new { text = "Hi" },
                new { shortcut = " ", text = "Hi" },
                new { shortcut = "hi", text = " \n" },
                new { shortcut = "/hi", text = "Hi" },
                new { shortcut = "h\ni", text = "Hi" },
                new { shortcut = new string('x', 101), text = "Hi" },
                new { shortcut = "hi", text = new string('x', 4097) },
            }
        )
            (
                await rooms.RefusedAsync(400, HttpMethod.Put, anna, "/quick-replies/1", body)
            ).ShouldBe("invalid-body", body.ToString());
        foreach (var reply in new[] { "a.b", "%20", "%D9%A7", new string('x', 65) })
            await rooms.RefusedAsync(400, HttpMethod.Delete, anna, $"/quick-replies/{reply}");
        await rooms.RefusedAsync(404, HttpMethod.Put, anna, "/labels/7/messages/3EB0NONE");
    }
}
