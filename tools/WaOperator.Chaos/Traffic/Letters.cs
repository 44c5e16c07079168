using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Traffic;

/// <summary>Nothing acknowledged is lost: what the API accepted arrives, once, and what was confirmed stands in the receiver's journal.</summary>
internal sealed class Letters
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly IReadOnlyDictionary<string, int> _before;

    private Letters(IReadOnlyDictionary<string, int> before) => _before = before;

    /// <summary>Notes how many messages each session has received.</summary>
    public static async Task<Letters> BeginAsync() => new(await Database.ReceivedAsync());

    /// <summary>Waits until all that was accepted is acknowledged and has arrived, and says what did not.</summary>
    public async Task CheckAsync(Senders writers, Trial trial)
    {
        var wrong = await WrongAsync(writers);
        for (var waited = TimeSpan.Zero; wrong.Count > 0 && waited < Settle; waited += Look)
        {
            await Task.Delay(Look);
            wrong = await WrongAsync(writers);
        }
        trial.Violations.AddRange(wrong);
        Scene.Say(
            $"{writers.Accepted.Count} messages accepted of {writers.Tried.Count} tried meanwhile"
        );
    }

    private async Task<List<string>> WrongAsync(Senders writers)
    {
        var states = await Database.OutboxAsync(writers.Prefix);
        var received = await Database.ReceivedAsync();
        var wrong = new List<string>();
        var gone = writers.Accepted.Keys.Count(id => !states.ContainsKey(id));
        if (gone > 0)
            wrong.Add($"{gone} accepted message(s) are in no outbox");
        var open = states.Count(s => s.Value != Database.Acked);
        if (open > 0)
            wrong.Add($"{open} accepted message(s) were not acknowledged by the server");
        var sent = states.Keys.CountBy(id => writers.Tried[id]).ToDictionary();
        foreach (var (phone, count) in sent)
        {
            var got = received.GetValueOrDefault(phone) - _before.GetValueOrDefault(phone);
            if (got != count)
                wrong.Add(
                    $"the session of ...{phone[^4..]} was sent {count} message(s) and has {got}"
                );
        }
        return wrong;
    }
}
