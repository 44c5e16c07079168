using System.Text.Json.Nodes;

namespace WaOperator.Interop.Rows;

/// <summary>What the sender hears of its messages.</summary>
internal static class Receipts
{
    private const int Delivered = 3;
    private const int Read = 4;

    /// <summary>The sender hears that its text was delivered and then that it was read.</summary>
    public static async Task DeliveryAndRead(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        // Only a client that shows itself says "delivered"; another one says "inactive", which is for no one's eyes.
        await to.First.RunAsync("name", new { name = "Somebody" });
        var id = await from.First.TextAsync(to.Jid, "Tell me when you have read this");
        var message = await to.First.MessageAsync(id, "the text");
        await from.First.WaitAsync("the delivery receipt", e => Tells(e, id, Delivered));
        await to.First.RunAsync(
            "read",
            new
            {
                chat = (string?)message["chat"],
                id,
                participant = (string?)message["participant"],
            }
        );
        await from.First.WaitAsync("the read receipt", e => Tells(e, id, Read));
    }

    private static bool Tells(JsonObject said, string id, int status) =>
        (string?)said["event"] == "message-update"
        && (string?)said["id"] == id
        && (int?)said["status"] == status;
}
