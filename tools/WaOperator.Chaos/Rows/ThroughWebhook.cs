using System.Globalization;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Chaos.Traffic;
using WaOperator.Testing;

namespace WaOperator.Chaos.Rows;

/// <summary>
/// Another row, while a webhook posts all messages that the fleet sends: none may be missing in the end, those of a chat come in order, and
/// what comes twice has the same id.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="aim">The aim in words.</param>
/// <param name="perSecond">Messages a second; each of them is three events.</param>
/// <param name="row">What happens.</param>
internal sealed class ThroughWebhook(string name, string aim, int perSecond, Row row) : Row
{
    /// <summary>The webhook, and its endpoint.</summary>
    public const string Hook = "chaos";

    private const int EventsOfMessage = 3;
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Delivery = TimeSpan.FromMinutes(8);

    // What a message is in the journals of its two sessions, and in the webhook; receipts that are not told are among the journal's.
    private static readonly (string Stored, string Told)[] Types =
    [
        ("message", "message.received"),
        ("sent", "message.sent"),
    ];

    private IReadOnlyDictionary<(string Session, string Type), JournalSum> _before =
        new Dictionary<(string, string), JournalSum>();

    public override string Name => name;
    public override string Aim => aim;
    public override double? AimSeconds => row.AimSeconds;
    public override bool Planned => row.Planned;

    public override async Task PrepareAsync(Scene scene, int repetition)
    {
        await row.PrepareAsync(scene, repetition);
        await scene.Webhooks.RemoveAsync(Hook);
        await scene.Simulator.ForgetHookAsync(Hook);
        await scene.Simulator.CountHookAsync(Hook);
        await scene.Webhooks.MakeAsync(Hook);
        _before = await Database.JournalAsync();
    }

    public override async Task<Senders> SendersAsync(Scene scene) =>
        new GatewayWriters(
            scene,
            await scene.ApiKeyAsync(),
            await scene.Release.GatewayAddressAsync(),
            Planned,
            perSecond
        );

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await Task.Delay(Around);
        await row.RunAsync(scene, trial, repetition);
        await Task.Delay(Around);
    }

    public override Task UndoAsync(Scene scene) => row.UndoAsync(scene);

    public override async Task CheckAsync(Scene scene, Trial trial, Senders senders)
    {
        await row.CheckAsync(scene, trial, senders);
        var wrong = "";
        try
        {
            await Eventually.True(
                "all is posted",
                async () =>
                {
                    await Scene.PaceAsync();
                    wrong = await WrongAsync(scene);
                    return wrong.Length == 0;
                },
                Delivery
            );
        }
        catch (TimeoutException)
        {
            trial.Violations.Add(wrong);
        }
        var tally = await scene.Simulator.TallyAsync(Hook);
        var taken = tally.Lines.Sum(l => l.Count);
        Scene.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{taken} events taken, {tally.Repeated} of them once more, {tally.Refused} refused"
            )
        );
        if (tally.Disordered > 0)
            trial.Violations.Add(
                $"{tally.Disordered} event(s) came behind later ones of their chat"
            );
        if (tally.Renamed > 0)
            trial.Violations.Add($"{tally.Renamed} post(s) had an id that is not their event's");
        trial.Expect(
            taken >= 0.95 * EventsOfMessage * senders.Accepted.Count,
            $"a message was fewer than {EventsOfMessage} events"
        );
    }

    public override async Task EndAsync(Scene scene)
    {
        try
        {
            await scene.Webhooks.RemoveAsync(Hook);
        }
        finally
        {
            await row.EndAsync(scene);
        }
    }

    /// <summary>How what was taken differs from what stands in the journals; empty: it does not.</summary>
    private async Task<string> WrongAsync(Scene scene)
    {
        var now = await Database.JournalAsync();
        var taken = (await scene.Simulator.TallyAsync(Hook)).Lines.ToDictionary(
            l => (l.Session, l.Type),
            l => new JournalSum(l.Count, l.Sum)
        );
        var (missing, other) = (0L, 0);
        foreach (var (stored, told) in Types)
        foreach (var ((session, _), after) in now.Where(n => n.Key.Type == stored))
        {
            var due = after - _before.GetValueOrDefault((session, stored));
            var got = taken.GetValueOrDefault((session, told));
            missing += Math.Max(due.Count - got.Count, 0);
            other += due.Count == got.Count && due.Sum != got.Sum || got.Count > due.Count ? 1 : 0;
        }
        return missing > 0 ? $"{missing} event(s) were not posted"
            : other > 0 ? $"of {other} session(s) other events were posted than happened"
            : "";
    }
}
