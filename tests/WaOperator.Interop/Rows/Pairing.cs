namespace WaOperator.Interop.Rows;

/// <summary>Linking devices.</summary>
internal static class Pairing
{
    /// <summary>Both devices pair one after the other and stay logged in; the server had nothing to object to.</summary>
    public static async Task ByQr(Direction direction)
    {
        var (server, from) = (direction.Server, direction.From);
        await from.First.PairAsync(from.Number);
        await from.Second.PairAsync(from.Number);
        Expect.Equal(2, await server.DevicesAsync(from.Number), "devices that the phone lists");
        foreach (var device in new[] { 1, 2 })
        {
            await Expect.EventuallyAsync(
                $"device {device} is connected, active and has uploaded prekeys",
                async () =>
                {
                    var seen = await server.SessionAsync(from.Number, device);
                    return (bool)seen["active"]! && (int)seen["preKeys"]! > 0;
                }
            );
        }
        foreach (var kind in new[] { "protocolError", "refusedQuery", "unsupportedQuery" })
        {
            var events = await server.EventsAsync(kind, from.Number);
            Expect.True(events.Count == 0, $"no {kind}", string.Join("; ", events));
        }
    }
}
