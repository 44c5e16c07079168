using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Chats;

/// <summary>Chats, their history, receipts and contacts as a tenant's program sees them.</summary>
public sealed class ChatListTests
{
    [Fact]
    public async Task Two_people_and_a_group_are_listed_with_what_was_said_and_who_got_it()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        (await DataAsync(rooms, anna, "/chats")).ShouldBeEmpty();
        (await DataAsync(rooms, anna, "/contacts")).ShouldBeEmpty();

        var one = await rooms.Api.TextAsync(anna.Name, bert.Phone, "one");
        await rooms.Api.StateAsync(anna.Name, one, "Acked");
        var two = await rooms.Api.TextAsync(anna.Name, bert.Phone, "two");
        await UnreadAsync(rooms, bert, anna.Phone, 2);
        var got = await ReceiptAsync(rooms, anna, one, "delivered");
        ((string?)got["participant"]!["phone"]).ShouldBe(bert.Phone);
        got["read"].ShouldBeNull();

        await rooms.AskedAsync(
            204,
            HttpMethod.Post,
            bert,
            "/read",
            new { chat = anna.Phone, messages = new[] { one, two } }
        );
        await ReceiptAsync(rooms, anna, two, "read");
        await UnreadAsync(rooms, bert, anna.Phone, 0);
        var beside = await rooms.AskedAsync(200, HttpMethod.Get, anna, $"/messages/{two}");
        beside["delivered"].ShouldNotBeNull();
        beside["read"].ShouldNotBeNull();
        beside["played"].ShouldBeNull();

        var back = await rooms.Api.TextAsync(bert.Name, anna.Phone, "back");
        await UnreadAsync(rooms, anna, bert.Phone, 1);
        foreach (var (who, other, mine) in new[] { (anna, bert, "two"), (bert, anna, "back") })
        {
            var page = await DataAsync(rooms, who, $"/messages?chat={other.Phone}");
            page.Select(m => (string?)m["id"]).ShouldBe([back, two, one]);
            page.Select(m => (string?)m["content"]!["text"]).ShouldBe(["back", "two", "one"]);
            page.Where(m => (bool)m["fromMe"]!)
                .ShouldContain(m => (string?)m["content"]!["text"] == mine);
            page.Single(m => (string?)m["id"] == back)["state"]!
                .GetValue<string>()
                .ShouldBe(who == bert ? "Acked" : "Received");
        }

        // What waits stands first, and pages follow each other.
        await anna.WantAsync(s => s with { Desired = Store.DesiredState.Stopped });
        await anna.PhaseAsync(Store.SessionPhase.Stopped);
        var waits = await rooms.Api.TextAsync(anna.Name, bert.Phone, "waits");
        var pages = new List<string>();
        string? after = null;
        do
        {
            var page = await rooms.AskedAsync(
                200,
                HttpMethod.Get,
                anna,
                $"/messages?chat={bert.Phone}&limit=1{(after is null ? "" : $"&after={after}")}"
            );
            pages.AddRange(page["data"]!.AsArray().Select(m => (string)m!["id"]!));
            after = (string?)page["next"];
        } while (after is not null);
        pages.ShouldBe([waits, back, two, one]);
        await anna.WantAsync(s => s with { Desired = Store.DesiredState.Active });
        await rooms.Api.StateAsync(anna.Name, waits, "Acked");
    }

    [Fact]
    public async Task Members_of_a_group_have_receipts_of_their_own()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var carl = await rooms.World.PairedAsync(0);
        var group = await Groups.GroupTests.CreateAsync(rooms, anna, bert.Phone, carl.Phone);
        var id = await rooms.Api.TextAsync(anna.Name, group, "all");
        await Eventually.True(
            "both members have got it",
            async () => (await DataAsync(rooms, anna, $"/messages/{id}/receipts")).Count == 2
        );
        await rooms.AskedAsync(
            204,
            HttpMethod.Post,
            carl,
            "/read",
            new
            {
                chat = group,
                from = anna.Phone,
                messages = new[] { id },
            }
        );
        await Eventually.True(
            "one of them has read it",
            async () =>
                (await DataAsync(rooms, anna, $"/messages/{id}/receipts"))
                    .Where(r => r["read"] is not null)
                    .Select(r => (string?)r["participant"]!["phone"])
                    .SequenceEqual([carl.Phone])
        );
        var first = await rooms.AskedAsync(
            200,
            HttpMethod.Get,
            anna,
            $"/messages/{id}/receipts?limit=1"
        );
        var second = await DataAsync(
            rooms,
            anna,
            $"/messages/{id}/receipts?limit=1&after={first["next"]}"
        );
        new[] { first["data"]![0]!, second.Single() }
            .Select(r => (string?)r["participant"]!["phone"])
            .ShouldBe([bert.Phone, carl.Phone], ignoreOrder: true);

        var chat = (await DataAsync(rooms, bert, "/chats")).Single(c => (string?)c["id"] == group);
        ((string?)chat["kind"], (int)chat["unread"]!).ShouldBe(("group", 1));
        ((string?)chat["lastMessage"]!["id"]).ShouldBe(id);
        (await DataAsync(rooms, bert, "/contacts"))
            .Select(c => (string?)c["phone"])
            .ShouldBe([anna.Phone]);
        (await DataAsync(rooms, bert, $"/messages?chat={group}"))
            .Select(m => ((string?)m["id"], (string?)m["from"]!["phone"]))
            .ShouldBe([(id, anna.Phone)]);
    }

    [Theory]
    [InlineData(404, "/messages/3EB0000000/receipts")]
    [InlineData(404, "/messages/x!/receipts")]
    [InlineData(400, "/messages/3EB0000000/receipts?limit=0")]
    [InlineData(400, "/messages/3EB0000000/receipts?after=x")]
    [InlineData(400, "/chats?limit=101")]
    [InlineData(400, "/chats?after=AAAA")]
    [InlineData(400, "/chats?after=__________________________________________8")]
    [InlineData(400, "/chats?colour=red")]
    [InlineData(400, "/chats?limit=1&limit=2")]
    [InlineData(400, "/chats/x")]
    [InlineData(404, "/chats/491700000042")]
    [InlineData(404, "/chats/120363000000000001@g.us")]
    [InlineData(400, "/contacts?after=")]
    [InlineData(400, "/messages?chat=491700000042&after=AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(400, "/messages?after=AgAAAAAAAAAA")]
    public async Task What_cannot_be_listed_is_refused(int status, string path)
    {
        await using var rooms = await RoomWorld.StartAsync(new());
        var anna = await rooms.World.PairedAsync(0);
        await rooms.RefusedAsync(status, HttpMethod.Get, anna, path);
    }

    private static async Task<IReadOnlyList<JsonNode>> DataAsync(
        RoomWorld rooms,
        TestSession session,
        string path
    ) =>
        [
            .. (await rooms.AskedAsync(200, HttpMethod.Get, session, path))["data"]!
                .AsArray()
                .OfType<JsonNode>(),
        ];

    private static Task UnreadAsync(RoomWorld rooms, TestSession who, string chat, int unread) =>
        Eventually.True(
            $"{unread} message(s) of {chat} are unread at {who.Name}",
            async () =>
            {
                var (status, body) = await rooms.AskAsync(HttpMethod.Get, who, $"/chats/{chat}");
                return status == 200 && (int)body!["unread"]! == unread;
            }
        );

    private static Task<JsonNode> ReceiptAsync(
        RoomWorld rooms,
        TestSession sender,
        string id,
        string what
    ) =>
        Eventually.Get(
            $"message {id} is {what}",
            async () =>
                (await DataAsync(rooms, sender, $"/messages/{id}/receipts")).SingleOrDefault(r =>
                    r[what] is not null
                )
        );
}
