using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>
/// Texts by number wait for a device that knows the sender only from a group by LID and has never answered. A sender that has one
/// session for both addresses repeats its beginning to a reader that keeps one for each, and has used up its prekey.
/// </summary>
internal static class Backlogs
{
    private const int Short = 20;

    /// <summary>More than senders remember for those who could not read: whatsmeow 256 messages, Baileys 7 512.</summary>
    private const int Long = 520;

    /// <summary>A few wait.</summary>
    public static Task AfterGroupByLid(Direction direction) => WaitAsync(direction, Short);

    /// <summary>More wait than could be asked for again.</summary>
    public static Task BeyondMemory(Direction direction) => WaitAsync(direction, Long);

    private static async Task WaitAsync(Direction direction, int count)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        // As if they had never written to each other.
        await from.First.RunAsync("forget", new { users = to.Users });
        await server.PutAsync($"/phones/{from.Number}", new { groupsBy = "lid" });
        var created = await from.First.RunAsync(
            "group",
            new { subject = $"Before {count} texts", members = new[] { to.Jid } }
        );
        var first = await from.First.TextAsync((string)created["group"]!["id"]!, "In the group");
        await to.First.MessageAsync(first, "the text in the group");
        await to.First.GoAwayAsync();
        await Expect.EventuallyAsync(
            "the device is away",
            async () => !(bool)(await server.SessionAsync(to.Number, 1))["connected"]!
        );
        var before = (int)(await server.SessionAsync(to.Number, 1))["retries"]!;

        var ids = await SendAsync(from.First, to.Jid, count);
        await to.First.ConnectAsync();
        var seen = "";
        await Expect.EventuallyAsync(
            "none waits any longer",
            async () =>
            {
                var session = await server.SessionAsync(to.Number, 1);
                seen = session.ToJsonString();
                return (int)session["waiting"]! == 0;
            },
            () => seen
        );
        // 6.7.24 shows what waited with the next live message.
        if (to.Release == Release.V6)
            await from.First.TextAsync(to.Jid, "A live one");
        foreach (var id in ids)
            await to.First.MessageAsync(id, $"a text of {count} that waited");
        var after = (int)(await server.SessionAsync(to.Number, 1))["retries"]!;
        Expect.Equal(before, after, "retry receipts: each text can be read as it came");
    }

    private static async Task<string[]> SendAsync(Client sender, string to, int count)
    {
        using var slots = new SemaphoreSlim(sender.SendsAtOnce);
        return await Task.WhenAll(Enumerable.Range(1, count).Select(OneAsync));

        async Task<string> OneAsync(int number)
        {
            await slots.WaitAsync();
            try
            {
                return await sender.TextAsync(to, $"Backlog of {count}, {number}");
            }
            finally
            {
                slots.Release();
            }
        }
    }
}
