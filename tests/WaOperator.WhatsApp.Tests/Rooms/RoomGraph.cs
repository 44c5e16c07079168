using Mono.Cecil;

namespace WaOperator.WhatsApp.Tests.Rooms;

/// <summary>A type of one room uses a type of another.</summary>
internal sealed record RoomUse(string From, string Type, string To, string UsedType);

/// <summary>Which rooms (namespaces) of an assembly use which others of it, as the compiled code says.</summary>
internal sealed class RoomGraph
{
    private const string Root = "WaOperator.WhatsApp";

    private readonly HashSet<RoomUse> _uses = [];

    public RoomGraph(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly);
        foreach (var type in module.Types.Where(type => RoomOf(type) is not null))
        foreach (var part in WithNested(type))
            Add(part);
    }

    public IReadOnlyCollection<RoomUse> Uses => _uses;

    /// <summary>The first name after "WaOperator.WhatsApp."; empty for the public root, null for what is not of the library.</summary>
    private static string? RoomOf(TypeReference type)
    {
        var space = Outermost(type).Namespace;
        return space == Root ? ""
            : space.StartsWith(Root + ".", StringComparison.Ordinal)
                ? space[(Root.Length + 1)..].Split('.')[0]
            : null;
    }

    private static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) =>
        type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private void Add(TypeDefinition type)
    {
        Note(type, type.BaseType);
        foreach (var implemented in type.Interfaces)
            Note(type, implemented.InterfaceType);
        foreach (var field in type.Fields)
            Note(type, field.FieldType);
        foreach (var method in type.Methods)
        {
            Note(type, method);
            if (!method.HasBody)
                continue;
            foreach (var variable in method.Body.Variables)
                Note(type, variable.VariableType);
            foreach (var handler in method.Body.ExceptionHandlers)
                Note(type, handler.CatchType);
            foreach (var instruction in method.Body.Instructions)
                Note(type, instruction.Operand);
        }
    }

    private void Note(TypeDefinition user, object? used)
    {
        switch (used)
        {
            case GenericInstanceMethod generic:
                foreach (var argument in generic.GenericArguments)
                    Note(user, argument);
                Note(user, generic.ElementMethod);
                break;
            case MethodReference method:
                Note(user, method.DeclaringType);
                Note(user, method.ReturnType);
                foreach (var parameter in method.Parameters)
                    Note(user, parameter.ParameterType);
                break;
            case FieldReference field:
                Note(user, field.DeclaringType);
                Note(user, field.FieldType);
                break;
            case GenericInstanceType generic:
                foreach (var argument in generic.GenericArguments)
                    Note(user, argument);
                Note(user, generic.ElementType);
                break;
            case TypeSpecification wrapped:
                Note(user, wrapped.ElementType);
                break;
            case TypeReference type
                when RoomOf(user) is { } from && RoomOf(type) is { } to && from != to:
                _uses.Add(new(from, Outermost(user).Name, to, Outermost(type).Name));
                break;
        }
    }
}
