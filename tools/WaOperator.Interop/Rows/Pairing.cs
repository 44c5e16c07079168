using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>Linking devices. Each stays logged in afterwards, and the server had nothing to object to.</summary>
internal static class Pairing
{
    /// <summary>The first device, by a QR code.</summary>
    public static Task ByQr(Direction direction) =>
        LinkAsync(direction, direction.From.First, (client, number) => client.PairAsync(number), 1);

    /// <summary>The second device, by a code that is typed into the phone.</summary>
    public static Task ByCode(Direction direction) =>
        LinkAsync(
            direction,
            direction.From.Second,
            (client, number) => client.PairByCodeAsync(number),
            2
        );

    private static async Task LinkAsync(
        Direction direction,
        Client client,
        Func<Client, string, Task> pair,
        int device
    )
    {
        var (server, from) = (direction.Server, direction.From);
        await pair(client, from.Number);
        Expect.Equal(
            device,
            await server.DevicesAsync(from.Number),
            "devices that the phone lists"
        );
        await Expect.EventuallyAsync(
            $"device {device} is connected, active and has uploaded prekeys",
            async () =>
            {
                var seen = await server.SessionAsync(from.Number, device);
                return (bool)seen["active"]! && (int)seen["preKeys"]! > 0;
            }
        );
        foreach (var kind in new[] { "protocolError", "refusedQuery", "unsupportedQuery" })
        {
            var events = await server.EventsAsync(kind, from.Number);
            Expect.True(events.Count == 0, $"no {kind}", string.Join("; ", events));
        }
    }
}
