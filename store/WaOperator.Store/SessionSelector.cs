namespace WaOperator.Store;

/// <summary>
/// Sessions by their names and labels; all that is given must hold. A session's labels are a text (<see cref="Write"/>) in which each is found
/// as it is written, without taking it apart: it is asked for each event.
/// </summary>
public sealed record SessionSelector
{
    /// <summary>Names; null for any.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Labels with these values; null for none.</summary>
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    /// <summary>What else holds of labels; null for nothing.</summary>
    public IReadOnlyList<LabelExpression>? MatchExpressions { get; init; }

    /// <summary>Whether labels are selected, whatever the name.</summary>
    /// <param name="labels">As <see cref="Write"/> writes them.</param>
    public bool Matches(string labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        foreach (var (key, value) in MatchLabels ?? new Dictionary<string, string>())
            if (!Has(labels, key, value))
                return false;
        foreach (var expression in MatchExpressions ?? [])
            if (!expression.Holds(labels))
                return false;
        return true;
    }

    /// <summary>Labels as a text: <c>,a=1,b=2,</c> in the order of their keys, and empty without any.</summary>
    public static string Write(IReadOnlyDictionary<string, string>? labels) =>
        labels is not { Count: > 0 }
            ? ""
            : $",{string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"))},";

    internal static bool Has(string labels, string key, string value) =>
        labels.Contains($",{key}={value},", StringComparison.Ordinal);

    internal static bool Has(string labels, string key) =>
        labels.Contains($",{key}=", StringComparison.Ordinal);
}

/// <summary>Which values of a label are asked for.</summary>
public enum LabelOperator
{
    /// <summary>One of those that are named.</summary>
    In,

    /// <summary>None of those that are named, or no such label.</summary>
    NotIn,

    /// <summary>Any.</summary>
    Exists,

    /// <summary>No such label.</summary>
    DoesNotExist,
}

/// <summary>What holds of a label.</summary>
/// <param name="Key">The label's key.</param>
/// <param name="Operator">Which values are asked for.</param>
/// <param name="Values">Those that are named.</param>
public sealed record LabelExpression(
    string Key,
    LabelOperator Operator,
    IReadOnlyList<string>? Values = null
)
{
    /// <summary>Whether it holds.</summary>
    /// <param name="labels">As <see cref="SessionSelector.Write"/> writes them.</param>
    public bool Holds(string labels) =>
        Operator switch
        {
            LabelOperator.Exists => SessionSelector.Has(labels, Key),
            LabelOperator.DoesNotExist => !SessionSelector.Has(labels, Key),
            _ => (Values ?? []).Any(v => SessionSelector.Has(labels, Key, v))
                == (Operator == LabelOperator.In),
        };
}
