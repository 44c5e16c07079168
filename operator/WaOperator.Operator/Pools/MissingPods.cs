using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator.Pools;

/// <summary>Why shards have no pod that runs, by ordinal.</summary>
/// <param name="Refused">The API server refuses the pod: a quota, a policy, a security standard.</param>
/// <param name="Waiting">The pod waits for something, such as a node with room.</param>
internal sealed record PodNotes(
    IReadOnlyDictionary<int, string> Refused,
    IReadOnlyDictionary<int, string> Waiting
)
{
    /// <summary>Nothing to say.</summary>
    public static PodNotes None { get; } =
        new(new Dictionary<int, string>(), new Dictionary<int, string>());
}

/// <summary>
/// Finds out why pods of a StatefulSet are missing. Kubernetes' own controller says it in events of the StatefulSet and nowhere
/// else; they are listed only while a pod is missing, and no more often than <see cref="AskEvery"/>.
/// </summary>
internal sealed class MissingPods(IKubernetes client, TimeProvider time)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(10);

    /// <summary>By how much the clock of the controller that writes the events may be behind.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly Dictionary<NamespacedName, Asked> _asked = [];

    /// <summary>What is known of the pods that the StatefulSet should have.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="replicas">How many pods there should be.</param>
    /// <param name="pod">Finds a pod by its ordinal.</param>
    /// <param name="ct">Ends the call.</param>
    public async Task<PodNotes> AskAsync(
        StatefulSet set,
        int replicas,
        Func<int, Pod?> pod,
        CancellationToken ct
    )
    {
        var waiting = new Dictionary<int, string>();
        var missing = new List<int>();
        for (var ordinal = 0; ordinal < replicas; ordinal++)
            if (pod(ordinal) is not { } there)
                missing.Add(ordinal);
            else if (Unscheduled(there) is { } why)
                waiting[ordinal] = why;
        if (missing.Count == 0)
        {
            _asked[NamespacedName.Of(set)] = new(
                set.Metadata.Uid!,
                new Dictionary<int, DateTimeOffset>(),
                time.GetTimestamp()
            );
            return waiting.Count == 0 ? PodNotes.None : PodNotes.None with { Waiting = waiting };
        }
        var asked = await EventsAsync(set, missing, ct);
        var refused = new Dictionary<int, string>();
        foreach (var ordinal in missing)
            if (asked.Trouble is { } trouble)
                waiting[ordinal] = $"its pod is not made; {trouble}";
            else if (asked.WhyMissing(ordinal, $"{set.Metadata.Name}-{ordinal}") is { } why)
                refused[ordinal] = why;
        return new(refused, waiting);
    }

    private async Task<Asked> EventsAsync(StatefulSet set, List<int> missing, CancellationToken ct)
    {
        var (uid, name) = (set.Metadata.Uid!, NamespacedName.Of(set));
        var known = _asked.GetValueOrDefault(name) is { } same && same.SetUid == uid ? same : null;
        // A leader that finds a pod missing at its first look does not know since when.
        var since = missing.ToDictionary(
            o => o,
            o =>
                known is null ? DateTimeOffset.MinValue
                : known.Since.TryGetValue(o, out var at) ? at
                : time.GetUtcNow() - Skew
        );
        if (
            known is { HasAsked: true } last
            && time.GetElapsedTime(last.At) < AskEvery
            && since.Keys.All(last.Since.ContainsKey)
        )
            return last;
        IReadOnlyList<Event> events = [];
        var trouble = await Refusal.TellAsync<Event>(
            "list",
            $"of StatefulSet {set.Metadata.Name}",
            async () =>
                events = (
                    await client.ListAsync<Event>(
                        set.Metadata.Namespace,
                        new() { FieldSelector = $"involvedObject.uid={uid},reason=FailedCreate" },
                        ct
                    )
                ).Items
        );
        return _asked[name] = new(uid, since, time.GetTimestamp())
        {
            HasAsked = true,
            Trouble = trouble?.Message,
            Events = events,
        };
    }

    private static string? Unscheduled(Pod pod) =>
        pod.Status?.Conditions.Find("PodScheduled")
            is { Status: "False", Message: { Length: > 0 } why }
            ? $"it is not scheduled: {why}"
            : null;

    private sealed record Asked(
        string SetUid,
        IReadOnlyDictionary<int, DateTimeOffset> Since,
        long At
    )
    {
        public bool HasAsked { get; init; }
        public string? Trouble { get; init; }
        public IReadOnlyList<Event> Events { get; init; } = [];

        public string? WhyMissing(int ordinal, string pod) =>
            Events
                .Where(e =>
                    e.LastTimestamp >= Since[ordinal]
                    && e.Message?.Contains($"Pod {pod} in", StringComparison.Ordinal) == true
                )
                .OrderBy(e => e.LastTimestamp)
                .LastOrDefault()
                ?.Message;
    }
}
