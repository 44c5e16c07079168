using System.Text;
using System.Text.RegularExpressions;
using WaOperator.Testing;

namespace WaOperator.Resources.Tests.Documented;

/// <summary>Files of the repository with parts that are printed from the catalogue of reasons.</summary>
internal static partial class Printed
{
    /// <summary>Paths from the repository's root; the chart's copies of the schemas follow by <c>hack/chart sync</c>.</summary>
    public static readonly IReadOnlyList<string> Files =
    [
        "docs/runbook.md",
        "crds/whatsappsessionpools.yaml",
        "crds/whatsappsessions.yaml",
        "crds/whatsapptenants.yaml",
        "crds/whatsappwebhooks.yaml",
    ];

    public static string PathOf(string file) =>
        Path.Combine(KubernetesBinaries.RepositoryRoot(), file);

    /// <summary>The text with its printed parts as they should be.</summary>
    public static string Print(string text) => Lists().Replace(Tables().Replace(text, Table), List);

    /// <summary><c>&lt;!-- reasons: Pool, Session --&gt;</c>, a table, <c>&lt;!-- /reasons --&gt;</c>.</summary>
    [GeneratedRegex(
        "(?<begin><!-- reasons: (?<about>[A-Za-z, ]+) -->\n).*?(?<end><!-- /reasons -->)",
        RegexOptions.Singleline,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Tables();

    /// <summary>A comment <c># reasons: Pool</c> in YAML with the folded description that follows it.</summary>
    [GeneratedRegex(
        @"(?<indent> +)# reasons: (?<about>\w+)\n +description: >-\n(?:\k<indent>  .*\n)+",
        RegexOptions.None,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Lists();

    private static string Table(Match match)
    {
        var about = Enum.Parse<About>(match.Groups["about"].Value);
        var resources = !about.HasFlag(About.Shard);
        var table = new StringBuilder(
            resources
                ? "| reason | of | meaning | what to do |\n|---|---|---|---|\n"
                : "| reason | meaning | what to do |\n|---|---|---|\n"
        );
        foreach (var reason in Of(about))
            table.Append(
                resources
                    ? $"| {reason.Code} | {reason.About.ToString().ToLowerInvariant()} | {reason.Meaning} | {reason.ToDo} |\n"
                    : $"| {reason.Code} | {reason.Meaning} | {reason.ToDo} |\n"
            );
        return match.Groups["begin"].Value + table + match.Groups["end"].Value;
    }

    private static string List(Match match)
    {
        const int width = 120;
        var about = Enum.Parse<About>(match.Groups["about"].Value);
        var indent = match.Groups["indent"].Value;
        var lines = new StringBuilder($"{indent}# reasons: {about}\n{indent}description: >-\n");
        var line = $"{indent} ";
        foreach (
            var word in $"Machine-readable reason; the runbook explains each. One of {string.Join(", ", Of(about))}.".Split(
                ' '
            )
        )
        {
            if (line.Length + 1 + word.Length > width)
            {
                lines.Append(line).Append('\n');
                line = $"{indent} ";
            }
            line += $" {word}";
        }
        return lines.Append(line).Append('\n').ToString();
    }

    private static IEnumerable<Reason> Of(About about) =>
        Domain
            .Reasons.All.Where(r => (r.About & about) != About.None)
            .OrderBy(r => about == About.Shard ? 0 : (int)(r.About & ~About.Shard))
            .ThenBy(r => r.Code, StringComparer.Ordinal);
}
