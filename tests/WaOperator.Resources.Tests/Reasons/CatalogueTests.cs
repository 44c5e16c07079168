using System.Text.RegularExpressions;
using WaOperator.Testing;

namespace WaOperator.Resources.Tests.Documented;

/// <summary>The catalogue of reasons is whole, is the only place of reasons, and is what the documents say.</summary>
public sealed partial class CatalogueTests
{
    public static TheoryData<string> Files => [.. Printed.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_printed_parts_are_current(string file)
    {
        var path = Printed.PathOf(file);
        var text = File.ReadAllText(path);
        var right = Printed.Print(text);
        right.ShouldContain("reasons: ");
        if (Environment.GetEnvironmentVariable("WA_UPDATE_DOCS") == "1")
            File.WriteAllText(path, right);
        else
            text.ShouldBe(
                right,
                $"{file} is not what the catalogue says; see \"Reasons\" in hack/README.md"
            );
    }

    [Fact]
    public void Every_reason_has_a_code_that_Kubernetes_takes_and_says_of_what_it_is_said_and_what_it_means()
    {
        foreach (var reason in Domain.Reasons.All)
        {
            CamelCase().IsMatch(reason.Code).ShouldBeTrue(reason.Code);
            // As long as the column of a session's state.
            reason.Code.Length.ShouldBeLessThanOrEqualTo(64, reason.Code);
            reason.About.ShouldNotBe(About.None, reason.Code);
            reason.Meaning.ShouldNotBeNullOrWhiteSpace(reason.Code);
            foreach (var text in new[] { reason.Meaning, reason.ToDo })
            {
                text.EndsWith('.').ShouldBeFalse(reason.Code);
                // It stands in a table of Markdown.
                text.Contains('|').ShouldBeFalse(reason.Code);
            }
        }
    }

    [Fact]
    public void Every_field_is_its_own_code_and_is_found_by_it()
    {
        foreach (var field in typeof(Domain.Reasons).GetFields())
            Domain.Reasons.Read(field.Name).ShouldBeSameAs(field.GetValue(null), field.Name);
        var foreign = Domain.Reasons.Read("OfAnotherVersion");
        (foreign.Code, foreign.ToDo).ShouldBe(("OfAnotherVersion", ""));
    }

    /// <summary>
    /// Types keep literals out of conditions and troubles. What is left are texts: states that a pod reports, and events.
    /// </summary>
    [Fact]
    public void No_reason_stands_as_a_literal_in_the_programs()
    {
        var root = KubernetesBinaries.RepositoryRoot();
        var found =
            from folder in new[]
            {
                "operator/WaOperator.Operator",
                "operator/WaOperator.Resources",
                "session-pod/WaOperator.SessionPod",
                "store/WaOperator.Store",
            }
            from path in Directory.EnumerateFiles(
                Path.Combine(root, folder),
                "*.cs",
                SearchOption.AllDirectories
            )
            let file = Path.GetRelativePath(root, path)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            let text = File.ReadAllText(path)
            from match in Literals().Matches(text).Concat(Events().Matches(text))
            where
                !(
                    match.Value.Contains("Events()")
                    || file.EndsWith("Told.cs", StringComparison.Ordinal)
                )
            select $"{file}: {match.Value.ReplaceLineEndings(" ")}";
        found.ShouldBeEmpty();
    }

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CamelCase();

    /// <summary>A reason that is set to, or compared with, anything but one of the catalogue.</summary>
    [GeneratedRegex(
        """\bReason\s*(?:=|:|==|is|\?\?)\s*(?:[^;,"]*\?\s*)?(?:"[A-Za-z]+"|nameof\(|\w+(?:\.\w+)*\.ToString\(\))""",
        RegexOptions.None,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Literals();

    /// <summary>An event that is not made by <c>Tell</c>.</summary>
    [GeneratedRegex(
        """\b_?(?:with\.)?[eE]vents\.(?:Normal|Warning)\(""",
        RegexOptions.None,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Events();
}
