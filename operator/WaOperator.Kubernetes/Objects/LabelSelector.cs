namespace WaOperator.Kubernetes.Objects;

/// <summary>Selects objects by their labels; all parts must hold.</summary>
public sealed record LabelSelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }
    public IReadOnlyList<LabelSelectorRequirement>? MatchExpressions { get; init; }
}

/// <summary>One expression of a selector.</summary>
public sealed record LabelSelectorRequirement
{
    public string? Key { get; init; }

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public string? Operator { get; init; }
    public IReadOnlyList<string>? Values { get; init; }
}
