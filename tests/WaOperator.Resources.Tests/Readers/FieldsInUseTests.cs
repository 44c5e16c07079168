using System.Reflection;
using System.Text.Json.Serialization;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources.Tests.Schemas;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.Resources.Tests.Readers;

/// <summary>
/// No field of the resources is dead: what people declare is acted upon, or answered with NotSupported; what a status has is
/// written. The compiled programs are asked, so that a new field needs its reader before these tests pass.
/// </summary>
public sealed class FieldsInUseTests
{
    private static readonly Lazy<ReachableCode> Operator = new(() =>
        ReachableCode.OfProgram("WaOperator.Operator")
    );
    private static readonly Lazy<ReachableCode> Pod = new(() =>
        ReachableCode.OfProgram("WaOperator.SessionPod")
    );

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Every_field_of_a_spec_is_read(string plural)
    {
        var crd = Crd.Of(plural);
        var use = new Use(Operator.Value);
        Unread(crd, Fields(crd, "Spec"), use).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Every_field_of_a_status_is_written(string plural)
    {
        var crd = Crd.Of(plural);
        var use = new Use(Operator.Value);
        Fields(crd, "Status")
            .SelectMany(f => f.Walk())
            .Where(f => !use.IsWritten(f.Property))
            .ShouldBeEmpty();
    }

    [Fact]
    public void What_the_operator_tells_the_pods_is_read_there()
    {
        var use = new Use(Pod.Value);
        var told = Told().ToList();
        told.ShouldContain(p => p.DeclaringType == typeof(PoolSettings));
        told.ShouldContain(p => p.DeclaringType == typeof(MessageLimits));
        told.Where(p => use.Readers(p).Count == 0)
            .Select(p => $"{p.DeclaringType!.Name}.{p.Name}")
            .ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void A_field_without_effect_is_named_as_not_supported(string plural)
    {
        var crd = Crd.Of(plural);
        var use = new Use(Operator.Value);
        foreach (
            var field in Fields(crd, "Spec").SelectMany(f => f.Walk()).Where(f => InVain(f, use))
        )
        foreach (var example in crd.Examples().Where(e => field.Schema.In(e) is not null))
            crd.NotSupported(example).ShouldContain(v => v.Path == field.Schema.Path);
    }

    [Fact]
    public void A_field_that_is_only_checked_compared_serialized_or_read_by_what_never_runs_is_dead()
    {
        var use = new Use(
            ReachableCode.From(typeof(SampleProgram).GetMethod(nameof(SampleProgram.RunAsync))!)
        );
        string[] Of(Func<PropertyInfo, bool> used) =>
            [.. typeof(Sample).GetProperties().Where(used).Select(p => p.Name)];
        Of(p => use.Readers(p).Count > 0)
            .ShouldBe([
                nameof(Sample.Read),
                nameof(Sample.ReadInClosure),
                nameof(Sample.ReadAfterWaiting),
            ]);
        Of(use.IsWritten).ShouldBe([nameof(Sample.Written)]);
    }

    private static IEnumerable<Field> Fields(Crd crd, string part) =>
        Field.Of(crd.Schema[part.ToLowerInvariant()], crd.Type.GetProperty(part)!.PropertyType);

    private static IEnumerable<Field> Unread(Crd crd, IEnumerable<Field> fields, Use use) =>
        fields.SelectMany(f =>
            use.Readers(f.Property).Count == 0 && !f.IsShown(crd) ? [f]
            : f.IsOfKubernetes || InVain(f, use) ? []
            : Unread(crd, f.Below, use)
        );

    /// <summary>Only the code that says so reads it.</summary>
    private static bool InVain(Field field, Use use) =>
        use.Readers(field.Property) is { Count: > 0 } readers
        && readers.All(r => r == typeof(Unsupported).FullName);

    /// <summary>The properties of what the operator stores for the pods: of a session's row, and of all that is JSON.</summary>
    private static IEnumerable<PropertyInfo> Told() =>
        typeof(PoolSettings)
            .Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(JsonSerializerContext)))
            .SelectMany(t => t.GetCustomAttributesData())
            .Where(a => a.AttributeType == typeof(JsonSerializableAttribute))
            .Select(a => (Type)a.ConstructorArguments[0].Value!)
            .Append(typeof(Assignment))
            .SelectMany(Below);

    private static IEnumerable<PropertyInfo> Below(Type type) =>
        JsonFields
            .Of(type)
            .Values.SelectMany(p =>
                p.PropertyType.Assembly == type.Assembly ? Below(p.PropertyType).Prepend(p) : [p]
            );
}
