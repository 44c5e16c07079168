using System.Collections.Frozen;
using System.Runtime.CompilerServices;

namespace WaOperator.Domain;

/// <summary>
/// The catalogue of reasons. One part by subject: resources, sessions, connections, placement, shards and webhooks. A new reason is a
/// field in one of them and nothing else; its code is the field's name.
/// </summary>
public static partial class Reasons
{
    // Lazy: the parts' fields are initialised in an order of the compiler's own.
    private static readonly Lazy<IReadOnlyList<Reason>> Catalogue = new(() =>
        [
            .. typeof(Reasons)
                .GetFields()
                .Where(f => f.FieldType == typeof(Reason))
                .Select(f => (Reason)f.GetValue(null)!),
        ]
    );
    private static readonly Lazy<FrozenDictionary<string, Reason>> ByCode = new(() =>
        All.ToFrozenDictionary(r => r.Code, StringComparer.Ordinal)
    );

    /// <summary>All reasons.</summary>
    public static IReadOnlyList<Reason> All => Catalogue.Value;

    /// <summary>
    /// The reason of a code that was stored or read. A code of another version, which is not in the catalogue, is kept as it is
    /// and explains nothing.
    /// </summary>
    public static Reason Read(string code) =>
        ByCode.Value.GetValueOrDefault(code) ?? new(code, About.None, code, "");

    /// <summary>The reason that a value of an enumeration stands for: both have one name.</summary>
    /// <exception cref="ArgumentException">It has none in the catalogue.</exception>
    public static Reason Of<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        ByCode.Value.GetValueOrDefault(value.ToString())
        ?? throw new ArgumentException(
            $"{typeof(TEnum).Name}.{value} is not in the catalogue of reasons",
            nameof(value)
        );

    private static Reason Define(
        About about,
        string meaning,
        string toDo = "",
        [CallerMemberName] string code = ""
    ) => new(code, about, meaning, toDo);
}
