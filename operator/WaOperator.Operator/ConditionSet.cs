using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator;

/// <summary>Collects the conditions of a status; each keeps the time of its last transition while its status is the same.</summary>
/// <param name="before">The conditions as they stand.</param>
/// <param name="generation">The generation that they are said of.</param>
/// <param name="now">Time of a transition.</param>
internal sealed class ConditionSet(
    IReadOnlyList<Condition>? before,
    long? generation,
    DateTimeOffset now
)
{
    public List<Condition> Conditions { get; } = [];

    public void Add(string type, bool status, Reason reason, string message)
    {
        var condition = new Condition
        {
            Type = type,
            Status = status ? "True" : "False",
            Reason = reason,
            Message = message,
            ObservedGeneration = generation,
        };
        Conditions.Add(
            new[] { before.Find(type) }.OfType<Condition>().ToList().Set(condition, now).Single()
        );
    }
}
