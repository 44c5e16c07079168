namespace WaOperator.Interop.Rows;

/// <summary>What is seen of a person at the other end.</summary>
internal static class Presences
{
    /// <summary>The other sees the sender type.</summary>
    public static async Task Typing(Direction direction)
    {
        var (from, to) = (direction.From, direction.To);
        await to.First.RunAsync("subscribe", new { to = from.Jid });
        await from.First.RunAsync("presence", new { type = "composing", to = to.Jid });
        await to.First.WaitAsync(
            "composing",
            e =>
                (string?)e["event"] == "presence"
                && from.Is((string?)e["chat"])
                && e["presences"]!.ToJsonString().Contains("composing", StringComparison.Ordinal)
        );
    }
}
