using System.Globalization;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>
/// Which shards of a pool a person wants empty, as the annotation <see cref="Annotations.Drain"/> says. A list that cannot be
/// read drains nothing.
/// </summary>
/// <param name="Ordinals">The shards.</param>
/// <param name="Mistake">What is wrong with the list, for people; null when nothing is.</param>
internal sealed record PoolDrain(IReadOnlySet<int> Ordinals, string? Mistake)
{
    private static readonly PoolDrain None = new(new HashSet<int>(), null);

    /// <summary>Reads the annotation.</summary>
    public static PoolDrain Of(WhatsAppSessionPool pool)
    {
        if (pool.Metadata.Annotation(Annotations.Drain) is not { Length: > 0 } list)
            return None;
        var ordinals = new HashSet<int>();
        foreach (var part in list.Split(',', StringSplitOptions.TrimEntries))
            if (
                int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            )
                ordinals.Add(ordinal);
            else
                return None with
                {
                    Mistake =
                        $"metadata.annotations[{Annotations.Drain}]: '{list}' is not a list of ordinals such as 0 or 0,2; no shard is drained for it",
                };
        return new(ordinals, null);
    }
}
