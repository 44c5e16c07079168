using WaOperator.Resources.Tests.Schemas;

namespace WaOperator.Resources.Tests;

/// <summary>The operator's validation repeats every rule of the schemas.</summary>
public sealed class SchemaRulesTests
{
    public static TheoryData<string, string> Mutations
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var crd in Crd.All)
            foreach (var mutation in Mutation.Of(crd))
                data.Add(crd.Plural, mutation.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void A_value_at_its_limit_is_accepted(string plural)
    {
        var crd = Crd.Of(plural);
        foreach (var limit in Mutation.AtLimits(crd))
            crd.Validate(limit.Broken).ShouldNotContain(v => v.Path == limit.Path, limit.Name);
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void The_patterns_of_the_schema_are_those_of_the_validation(string plural)
    {
        var known = typeof(Patterns)
            .GetFields()
            .Select(f => ((Pattern)f.GetValue(null)!).Schema)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var schema in Crd.Of(plural).Schema["spec"].Walk())
            if (schema.Node["pattern"]?.GetValue<string>() is { } pattern)
                known.Contains(pattern).ShouldBeTrue($"{schema}: {pattern}");
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void The_examples_are_valid(string plural)
    {
        foreach (var example in Crd.Of(plural).Examples())
            Crd.Of(plural).Validate(example).ShouldBeEmpty(example.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_broken_rule_is_reported_where_it_is_broken(string plural, string name)
    {
        var crd = Crd.Of(plural);
        var mutation = Mutation.Of(crd).Single(m => m.Name == name);
        var found = crd.Validate(mutation.Broken);
        found.ShouldContain(
            v =>
                v.Path == mutation.Path
                || v.Path.StartsWith(mutation.Path + ".", StringComparison.Ordinal),
            $"validation found only [{string.Join("; ", found)}]"
        );
        // A relation between this field and its neighbours may break with it; nothing else may.
        found.ShouldAllBe(v =>
            v.Path.StartsWith(mutation.Path, StringComparison.Ordinal)
            || mutation.Path.StartsWith(v.Path + ".", StringComparison.Ordinal)
        );
    }
}
