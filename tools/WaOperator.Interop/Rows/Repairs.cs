using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>What was lost or late is made good.</summary>
internal static class Repairs
{
    /// <summary>The other has lost its Signal session: it asks again, gets the message again, and reads it.</summary>
    public static async Task LostSession(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        // Both ways first, so that the sender no longer sends first messages, which would need no session.
        await to.First.MessageAsync(await from.First.TextAsync(to.Jid, "One"), "the first text");
        await from.First.MessageAsync(await to.First.TextAsync(from.Jid, "Two"), "the answer");
        await to.First.MessageAsync(await from.First.TextAsync(to.Jid, "Three"), "the third text");
        var before = (int)(await server.SessionAsync(to.Number, 1))["retries"]!;
        await to.First.RunAsync("forget", new { users = from.Users });

        var id = await from.First.TextAsync(to.Jid, "After the loss");
        var message = await to.First.MessageAsync(id, "the text, encrypted again");
        Expect.Equal("After the loss", (string?)message["text"], "text");
        var after = (int)(await server.SessionAsync(to.Number, 1))["retries"]!;
        Expect.True(after > before, "a retry receipt", $"{before} before, {after} after");
        // And it continues without another one.
        await to.First.MessageAsync(await from.First.TextAsync(to.Jid, "Four"), "the next text");
        var last = (int)(await server.SessionAsync(to.Number, 1))["retries"]!;
        Expect.Equal(after, last, "retry receipts after the repair");
    }

    /// <summary>Texts wait for a device that is away, and come in order.</summary>
    public static async Task Offline(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        await to.First.GoAwayAsync();
        await Expect.EventuallyAsync(
            "the device is away",
            async () => !(bool)(await server.SessionAsync(to.Number, 1))["connected"]!
        );
        List<string> ids = [];
        foreach (var text in new[] { "Wait 1", "Wait 2", "Wait 3" })
            ids.Add(await from.First.TextAsync(to.Jid, text));
        await Expect.EventuallyAsync(
            "three messages wait",
            async () => (int)(await server.SessionAsync(to.Number, 1))["waiting"]! >= ids.Count
        );
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
        // 6.7.24 has read and confirmed them by now, but its event buffer shows them with the next live message only.
        if (to.Release == Release.V6)
            await from.First.TextAsync(to.Jid, "A live one");
        foreach (var id in ids)
            await to.First.MessageAsync(id, "a text that waited");
        var order = to
            .First.Seen(e =>
                (string?)e["event"] == "message"
                && e["stub"] is null
                && ids.Contains((string)e["id"]!)
            )
            .Select(e => (string)e["id"]!)
            .Distinct();
        Expect.Equal(string.Join(' ', ids), string.Join(' ', order), "order");
    }
}
