using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mono.Cecil;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>
/// Values to try in a field that holds one value, on both sides of each of its borders. They follow from the schema and from a value
/// that is allowed; which of them are allowed is for others to say.
/// </summary>
internal static partial class Values
{
    /// <summary>ASCII, and what other sets of letters and spaces begin or end with.</summary>
    private static readonly string[] Probes =
    [
        .. Enumerable.Range(0, 128).Select(c => ((char)c).ToString()),
        "\u0085",
        "\u00A0",
        "é",
        "\u0660",
        "\u2028",
        "\uFF11",
        "😀",
    ];

    /// <summary>All texts in the code that validates: one of them may be allowed there alone.</summary>
    private static readonly Lazy<IReadOnlyList<string>> Literals = new(() =>
        [
            .. ModuleDefinition
                .ReadModule(typeof(Checker).Assembly.Location)
                .GetTypes()
                .SelectMany(t => t.Methods)
                .Where(m => m.HasBody)
                .SelectMany(m => m.Body.Instructions)
                .Select(i => i.Operand)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ]
    );

    public static IEnumerable<JsonNode> Of(Schema schema, JsonNode allowed) =>
        schema switch
        {
            { IntOrString: true } => Numbers(schema)
                .Concat(Magnitudes())
                .Select(n => (JsonNode)n)
                .Concat(Texts(schema, allowed.ToString()).Select(t => (JsonNode)t)),
            { Type: "integer" } => Numbers(schema).Select(n => (JsonNode)n),
            { Type: "string" } => Texts(schema, allowed.ToString()).Select(t => (JsonNode)t),
            _ => [],
        };

    private static IEnumerable<long> Numbers(Schema schema) =>
        new[] { schema.Number("minimum"), schema.Number("maximum") }
            .OfType<long>()
            .SelectMany(border => new[] { border - 1, border, border + 1 })
            .Concat([0, -1, 1, int.MaxValue, int.MaxValue + 1L, int.MinValue - 1L, long.MaxValue])
            .Distinct();

    private static IEnumerable<long> Magnitudes() =>
        Enumerable
            .Range(0, 19)
            .Select(i => long.Parse("1" + new string('0', i), CultureInfo.InvariantCulture))
            .SelectMany(n => new[] { n - 1, n });

    private static IEnumerable<string> Texts(Schema schema, string allowed)
    {
        var pattern = schema.Node["pattern"]?.ToString() ?? "";
        int[] borders =
        [
            .. new[] { schema.Number("minLength"), schema.Number("maxLength") }
                .OfType<long>()
                .Select(n => (int)n),
        ];
        int[] runs =
        [
            .. Digits()
                .Matches(pattern)
                .Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture)),
        ];
        return Characters(allowed)
            .Concat(["", allowed, allowed + allowed, allowed[1..], allowed[..^1]])
            .Concat(Around(borders).SelectMany(length => Lengths(allowed, length)))
            .Concat(Around(runs).SelectMany(length => Runs(allowed, length)))
            .Concat(Words().Matches(pattern).SelectMany(m => Ends(allowed, m.Value)))
            .Concat(
                schema.Strings("enum").SelectMany(v => new[] { v, v + v, v.ToLowerInvariant() })
            )
            .Concat(schema.Strings("enum").Count > 0 ? Literals.Value : [])
            .Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<int> Around(IEnumerable<int> borders) =>
        borders.SelectMany(b => new[] { b - 1, b, b + 1 }).Where(n => n >= 0).Distinct();

    private static IEnumerable<string> Characters(string allowed)
    {
        var middle = allowed.Length / 2;
        foreach (var character in Probes)
        {
            yield return character + allowed[1..];
            yield return allowed[..middle] + character + allowed[middle..];
            yield return allowed[..^1] + character;
        }
    }

    /// <summary>Longer by its first, its middle or its last character, or shorter; and of characters that are two in UTF-16.</summary>
    private static IEnumerable<string> Lengths(string allowed, int length)
    {
        yield return string.Concat(Enumerable.Repeat("😀", length));
        if (length <= allowed.Length)
            yield return allowed[..length];
        else
            foreach (var at in new[] { 0, allowed.Length / 2, allowed.Length - 1 })
                yield return allowed[..at]
                    + new string(allowed[at], length - allowed.Length)
                    + allowed[at..];
    }

    /// <summary>With each of its characters so many times.</summary>
    private static IEnumerable<string> Runs(string allowed, int length) =>
        Enumerable
            .Range(0, Math.Min(allowed.Length, 12))
            .Select(at => allowed[..at] + new string(allowed[at], length) + allowed[(at + 1)..]);

    /// <summary>Its digits with another end.</summary>
    private static IEnumerable<string> Ends(string allowed, string end)
    {
        var digits = allowed.TrimEnd(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".ToCharArray()
        );
        return
        [
            digits + end,
            digits + end + end,
            digits + ".5" + end,
            digits + end.ToUpperInvariant(),
        ];
    }

    [GeneratedRegex("[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();

    [GeneratedRegex("[A-Za-z]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}
