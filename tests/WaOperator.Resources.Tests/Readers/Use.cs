using System.Reflection;
using System.Text.Json.Serialization;
using Mono.Cecil;

namespace WaOperator.Resources.Tests.Readers;

/// <summary>Who reads and who writes a property in earnest.</summary>
/// <param name="programs">The code that runs.</param>
internal sealed class Use(params IReadOnlyList<ReachableCode> programs)
{
    /// <summary>
    /// The types whose code reads the property. No reader is: who only checks it, who writes it as JSON, and what the compiler makes
    /// of a record.
    /// </summary>
    public IReadOnlySet<string> Readers(PropertyInfo property) =>
        Users(property, property.GetMethod)
            .Where(m => !ReachableCode.Uses(ReachableCode.OutermostOf(m), typeof(Checker)))
            .Select(m => ReachableCode.OutermostOf(m).FullName)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether code gives the property a value, other than by reading it from JSON.</summary>
    public bool IsWritten(PropertyInfo property) => Users(property, property.SetMethod).Any();

    private IEnumerable<MethodDefinition> Users(PropertyInfo property, MethodInfo? accessor) =>
        programs
            .SelectMany(p => p.CallersOf(accessor))
            .Where(m => !IsJson(ReachableCode.OutermostOf(m)) && !IsOfRecord(m, property));

    private static bool IsJson(TypeDefinition type) =>
        type.BaseType?.FullName == typeof(JsonSerializerContext).FullName;

    private static bool IsOfRecord(MethodDefinition method, PropertyInfo property) =>
        method.DeclaringType.FullName == property.DeclaringType!.FullName
        && !method.Name.StartsWith('<')
        && method.CustomAttributes.Any(a => a.AttributeType.Name == "CompilerGeneratedAttribute");
}
