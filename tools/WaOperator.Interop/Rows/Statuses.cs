using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>What is shown for a day to those who are named.</summary>
internal static class Statuses
{
    private const string Status = "status@broadcast";

    /// <summary>A status is seen by both devices of its audience and by the author's other one; the author sees a reaction, they its deletion.</summary>
    public static async Task SeenLikedDeleted(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        var id = await from.First.SendAsync(
            "send",
            new
            {
                to = Status,
                text = "Just for today",
                audience = new[] { to.Jid },
            }
        );
        foreach (var (device, what) in new[] { (to.First, "first"), (to.Second, "second") })
        {
            var seen = await device.MessageAsync(id, $"the status on the {what} device");
            Expect.Equal("Just for today", (string?)seen["text"], $"text on the {what} device");
            Expect.Equal(Status, (string?)seen["chat"], "chat");
            Expect.True(from.Is((string?)seen["participant"]), "its author", seen["participant"]);
        }
        // Baileys shows a status to those alone whom the caller names.
        if (!from.Release.IsTheirs())
        {
            var copy = await from.Second.MessageAsync(id, "the copy on the author's other device");
            Expect.Equal(true, (bool?)copy["fromMe"], "fromMe of the copy");
        }

        await to.First.SendAsync(
            "react",
            new
            {
                to = Status,
                id,
                emoji = "🔥",
                audience = new[] { from.Jid },
            }
        );
        await from.First.WaitAsync("the reaction to the status", e => Texts.Reacts(e, id, "🔥"));

        await from.First.SendAsync(
            "delete",
            new
            {
                to = Status,
                id,
                audience = new[] { to.Jid },
            }
        );
        await to.First.WaitAsync("the deletion of the status", e => Texts.Deletes(e, id));
    }
}
