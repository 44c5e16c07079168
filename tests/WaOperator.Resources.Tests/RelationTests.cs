using WaOperator.Resources.Tests.Schemas;

namespace WaOperator.Resources.Tests;

/// <summary>The CEL rules of the schemas and the relations that the operator's validation knows are the same, word for word.</summary>
public sealed class RelationTests
{
    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Validation_finds_the_broken_relations_and_no_others(string plural)
    {
        var crd = Crd.Of(plural);
        var relations = Relation.Of(crd);
        foreach (var of in relations.SelectMany(r => r.Cases()))
        {
            var broken = relations
                .Where(r => !r.Holds(of))
                .Select(r => new Violation(r.Schema.Path, r.Message));
            crd.Update(of.Before, of.Now)
                .ShouldBe(broken, ignoreOrder: true, of.Now.ToJsonString());
        }
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Every_relation_is_tried_kept_and_broken(string plural)
    {
        foreach (var relation in Relation.Of(Crd.Of(plural)))
            relation
                .Cases()
                .Select(relation.Holds)
                .Distinct()
                .Count()
                .ShouldBe(2, relation.ToString());
    }
}
