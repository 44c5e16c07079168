using System.Globalization;
using System.Text.Json.Nodes;
using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>Both sides send at the same time, as fast as they can.</summary>
internal static class Floods
{
    /// <summary>The row's name.</summary>
    public const string Name = "flood, both ways at once";

    private const int Shown = 10;

    /// <summary>
    /// Every device, the senders' other ones too, reads each message of both sides, in the order of each sender and none
    /// twice. The ratchets of one pair of devices turn in both directions meanwhile, which is where clients break.
    /// </summary>
    public static async Task BothWays(Direction direction)
    {
        var (count, from, to) = (direction.Server.Flood, direction.From, direction.To);
        var (one, other) = (Prefix(direction, from), Prefix(direction, to));
        Client[] all = [from.First, from.Second, to.First, to.Second];
        // 6.7.24 asks for what it could not read in earlier rows one after the other, 5 s each. A repair by LID amid the flood by
        // number would give it a new session for the one address, of which it knows nothing for the other.
        foreach (var reader in all.Where(c => c.Release == Release.V6))
            await RepairedAsync(reader);
        // The sessions are there: who meets whom first is not what is tried here.
        await MeetAsync(from, to);
        await MeetAsync(to, from);
        var before = all.ToDictionary(c => c, c => c.Mark);
        await Task.WhenAll(
            SendAsync(from.First, to.Jid, one, count),
            SendAsync(to.First, from.Jid, other, count)
        );
        foreach (var reader in (Client[])[to.First, to.Second, from.Second])
            await ReadAsync(reader, before[reader], one, count);
        foreach (var reader in (Client[])[from.First, from.Second, to.Second])
            await ReadAsync(reader, before[reader], other, count);
    }

    private static Task RepairedAsync(Client reader) =>
        Expect.EventuallyAsync(
            $"{reader.Name} has read all that it could not at first",
            () => Task.FromResult(reader.Unread.Count == 0),
            () => string.Join(' ', reader.Unread)
        );

    private static async Task MeetAsync(Side from, Side to)
    {
        var id = await from.First.TextAsync(to.Jid, "Ready?");
        foreach (var reader in (Client[])[to.First, to.Second, from.Second])
            await reader.MessageAsync(id, "the first text");
    }

    private static string Prefix(Direction direction, Side sender) =>
        $"Flood {direction.Name}, from {sender.Number}, ";

    private static async Task SendAsync(Client sender, string to, string prefix, int count)
    {
        using var slots = new SemaphoreSlim(sender.SendsAtOnce);
        var sends = new List<Task>(count);
        for (var i = 1; i <= count; i++)
        {
            await slots.WaitAsync();
            sends.Add(OneAsync(Text(prefix, i)));
        }
        await Task.WhenAll(sends);

        async Task OneAsync(string text)
        {
            try
            {
                await sender.TextAsync(to, text);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    private static async Task ReadAsync(Client reader, int after, string prefix, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            var wanted = Text(prefix, i);
            var said = await reader.WaitAsync(
                $"{wanted} of {count}",
                e => Reads(e, wanted) || Client.IsUndecryptable(e),
                after
            );
            // What is asked for again comes late at best, and so out of order.
            if (Client.IsUndecryptable(said))
                throw new CellException(
                    $"{reader.Name} could not decrypt {reader.Seen(Client.IsUndecryptable).Count} messages so far; the first: {said.ToJsonString()}"
                );
        }
        var seen = reader
            .Seen(e =>
                (string?)e["event"] == "message"
                && ((string?)e["text"])?.StartsWith(prefix, StringComparison.Ordinal) == true
            )
            .Select(e =>
                int.Parse(((string)e["text"]!)[prefix.Length..], CultureInfo.InvariantCulture)
            )
            .ToList();
        var wrong = seen.Index().Where(s => s.Item != s.Index + 1).Take(Shown).ToList();
        Expect.True(
            seen.Count == count && wrong.Count == 0,
            $"{reader.Name} to read the {count} messages of '{prefix}' in order and none twice",
            $"{seen.Count}, {seen.Distinct().Count()} different ones; the first out of place: "
                + string.Join(", ", wrong.Select(w => $"{w.Item} as number {w.Index + 1}"))
        );
    }

    private static bool Reads(JsonObject said, string text) =>
        (string?)said["event"] == "message" && (string?)said["text"] == text;

    private static string Text(string prefix, int number) =>
        prefix + number.ToString(CultureInfo.InvariantCulture);
}
