using System.Text.Json.Nodes;
using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>Groups: texts in them, and changes of them.</summary>
internal static class GroupTexts
{
    /// <summary>In a group whose members are addressed by LID: everybody reads, the answer too.</summary>
    public static Task ByLid(Direction direction) => TalkAsync(direction, "lid");

    /// <summary>The same in a group of the older kind, addressed by number.</summary>
    public static Task ByNumber(Direction direction) => TalkAsync(direction, "pn");

    /// <summary>Name, admin, removal and the way back by the invite link; then both talk again with new keys.</summary>
    public static async Task Changes(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        await server.PutAsync($"/phones/{from.Number}", new { groupsBy = "lid" });
        var group = await CreateAsync(direction, "Before");
        await from.First.RunAsync("group-subject", new { group, subject = "After" });
        await from.First.RunAsync("group-promote", new { group, members = new[] { to.Jid } });
        var info = (await to.First.RunAsync("group-info", new { group }))["group"]!;
        Expect.Equal("After", (string?)info["subject"], "the group's name as the other sees it");
        var role = Participant(info, to)?["admin"];
        Expect.Equal("admin", (string?)role, "the other's role");

        var first = await from.First.TextAsync(group, "Before the removal");
        await from.First.RunAsync("group-remove", new { group, members = new[] { to.Jid } });
        var left = (await from.First.RunAsync("group-info", new { group }))["group"]!;
        Expect.True(Participant(left, to) is null, "no other member", left.ToJsonString());
        var secret = await from.First.TextAsync(group, "While you were out");

        var code = (string?)(await from.First.RunAsync("group-invite", new { group }))["code"];
        await to.First.RunAsync("group-join", new { code });
        var id = await from.First.TextAsync(group, "Welcome back");
        Expect.Equal(
            "Welcome back",
            (string?)(await to.First.MessageAsync(id, "the text after the return"))["text"],
            "text"
        );
        var answer = await to.First.TextAsync(group, "Thank you");
        await from.First.MessageAsync(answer, "the answer in the group");
        // Who has left is sent nothing again.
        foreach (var reader in (Client[])[to.First, to.Second])
        {
            await reader.MessageAsync(first, "the text before the removal");
            await reader.MessageAsync(id, "the text after the return");
        }
        await from.Second.MessageAsync(answer, "the answer on the second device");
        Expect.Equal(
            0,
            to.First.Seen(e => (string?)e["id"] == secret).Count,
            "messages of the time between that reached the other"
        );
        await to.First.RunAsync("group-leave", new { group });
        var after = (await from.First.RunAsync("group-info", new { group }))["group"]!;
        Expect.True(Participant(after, to) is null, "no other member", after.ToJsonString());
    }

    private static async Task TalkAsync(Direction direction, string addressing)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        await server.PutAsync($"/phones/{from.Number}", new { groupsBy = addressing });
        var group = await CreateAsync(direction, $"Group by {addressing}");
        var info = (await to.First.RunAsync("group-info", new { group }))["group"]!;
        Expect.Equal(addressing, (string?)info["addressingMode"], "addressing mode");
        Expect.Equal(2, info["participants"]!.AsArray().Count, "members");

        // Twice: the first brings the sender key, the second relies on it.
        foreach (var text in new[] { "First in the group", "Second in the group" })
        {
            var id = await from.First.TextAsync(group, text);
            foreach (var reader in new[] { to.First, to.Second, from.Second })
            {
                var message = await reader.MessageAsync(id, $"'{text}'");
                Expect.Equal(text, (string?)message["text"], "text");
                Expect.Equal(group, (string?)message["chat"], "chat");
                Expect.True(
                    from.Is((string?)message["participant"]),
                    "the sender as participant",
                    message["participant"]
                );
            }
        }
        var answer = await to.First.TextAsync(group, "An answer");
        await from.First.MessageAsync(answer, "the answer in the group");
    }

    private static async Task<string> CreateAsync(Direction direction, string subject)
    {
        var created = await direction.From.First.RunAsync(
            "group",
            new { subject, members = new[] { direction.To.Jid } }
        );
        return (string)created["group"]!["id"]!;
    }

    private static JsonNode? Participant(JsonNode group, Side side) =>
        group["participants"]!.AsArray().FirstOrDefault(p => side.Is((string?)p!["id"]));
}
