using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>How a device's connection or its link ends.</summary>
internal static class Ends
{
    /// <summary>A second login with the same keys: the first client learns it and the second continues.</summary>
    public static async Task Replaced(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        var old = from.First;
        var twin = from.Twin();
        var before = old.Mark;
        await twin.ConnectAsync();
        from.Replace(twin);
        Expect.Equal(
            from.Release == Release.Ours ? "Replaced" : "440",
            await old.WaitEndAsync(before),
            "the end that the older client saw"
        );
        var seen = await server.SessionAsync(from.Number, 1);
        Expect.True(
            (int)seen["replaced"]!["live"]! + (int)seen["replaced"]!["silent"]! == 1,
            "one replaced connection",
            seen["replaced"]
        );
        var id = await to.First.TextAsync(from.Jid, "To the newer one");
        await twin.MessageAsync(id, "the text at the newer client");
    }

    /// <summary>The phone unlinks a device: its client learns it, and others write to those that are left.</summary>
    public static async Task Unlinked(Direction direction)
    {
        var (server, from, to) = (direction.Server, direction.From, direction.To);
        // Of a side of the API the one that is its session.
        var (unlinked, left, device) =
            from.Release == Release.Api
                ? (from.First, from.Second, 1)
                : (from.Second, from.First, 2);
        var before = unlinked.Mark;
        await server.PostAsync($"/phones/{from.Number}/unlink", new { device });
        from.Lose(unlinked);
        Expect.Equal(
            from.Release.IsTheirs() ? "401" : "LoggedOut",
            await unlinked.WaitEndAsync(before),
            "the end that the unlinked client saw"
        );
        Expect.Equal(1, await server.DevicesAsync(from.Number), "devices that the phone lists");
        var id = await to.Linked.TextAsync(from.Jid, "To the one that is left");
        await left.MessageAsync(id, "the text at the other device");
    }

    /// <summary>A client takes itself off the account.</summary>
    public static async Task Logout(Direction direction)
    {
        var (server, from) = (direction.Server, direction.From);
        Expect.Equal(
            from.Release == Release.Ours ? "LoggedOut" : "401",
            await from.First.LogoutAsync(),
            "the end of the connection"
        );
        await Expect.EventuallyAsync(
            "the phone lists no device",
            async () => await server.DevicesAsync(from.Number) == 0
        );
    }
}
