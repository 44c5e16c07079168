using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;
using MethodBody = Mono.Cecil.Cil.MethodBody;

namespace WaOperator.Resources.Tests.Readers;

/// <summary>
/// The code of this repository that a program can get to from its first method, read from the compiled assemblies. What a type may
/// run without being called by name (overrides, interfaces, its static constructor) counts as reached once the type is used.
/// </summary>
internal sealed class ReachableCode
{
    private const string Ours = "WaOperator.";
    private readonly HashSet<MethodDefinition> _methods = [];
    private readonly HashSet<TypeDefinition> _types = [];
    private readonly Queue<MethodDefinition> _toRead = [];
    private readonly Dictionary<string, HashSet<MethodDefinition>> _callers = new(
        StringComparer.Ordinal
    );

    private ReachableCode(MethodDefinition first)
    {
        Reach(first);
        while (_toRead.TryDequeue(out var method))
            if (method.HasBody)
                Read(method, method.Body);
    }

    /// <summary>What the program of that assembly can get to.</summary>
    public static ReachableCode OfProgram(string assembly) => new(Load(assembly).EntryPoint);

    /// <summary>What can be got to from one method of this assembly.</summary>
    public static ReachableCode From(MethodInfo first) =>
        new(
            Load(first.Module.Assembly.GetName().Name!)
                .GetType(NameOf(first.DeclaringType!))
                .Methods.Single(m => m.Name == first.Name)
        );

    /// <summary>The methods that are reached and call <paramref name="callee"/>.</summary>
    public IReadOnlyCollection<MethodDefinition> CallersOf(MethodInfo? callee) =>
        callee is null ? [] : _callers.GetValueOrDefault(KeyOf(callee)) ?? [];

    /// <summary>The type in a file's top level that holds the method, past closures and state machines.</summary>
    public static TypeDefinition OutermostOf(MethodDefinition method)
    {
        var type = method.DeclaringType;
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    /// <summary>Whether anything in the type, its closures included, uses <paramref name="other"/>.</summary>
    public static bool Uses(TypeDefinition type, Type other) =>
        type.FullName == NameOf(other)
        || type.NestedTypes.Any(t => Uses(t, other))
        || type.Methods.Where(m => m.HasBody)
            .SelectMany(m => m.Body.Instructions)
            .Any(i =>
                i.Operand is MemberReference { DeclaringType: { } of }
                && of.FullName == NameOf(other)
            );

    private static ModuleDefinition Load(string assembly)
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        return ModuleDefinition.ReadModule(
            Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"),
            new() { AssemblyResolver = resolver }
        );
    }

    private static string NameOf(Type type) => type.FullName!.Replace('+', '/').Split('[')[0];

    private static string KeyOf(MethodInfo method) =>
        $"{NameOf(method.DeclaringType!)}::{method.Name}";

    private static string KeyOf(MethodReference method) =>
        $"{method.DeclaringType.GetElementType().FullName}::{method.Name}";

    private void Reach(MethodDefinition method)
    {
        if (!_methods.Add(method))
            return;
        _toRead.Enqueue(method);
        Initialize(method.DeclaringType);
        if (method.IsConstructor)
            Use(method.DeclaringType);
    }

    /// <summary>The type exists at run time.</summary>
    private void Use(TypeDefinition type)
    {
        if (!_types.Add(type))
            return;
        Initialize(type);
        foreach (var method in type.Methods)
            if (method.IsVirtual || method.HasOverrides)
                Reach(method);
        if (Resolve(type.BaseType) is { } parent)
            Use(parent);
    }

    private void Initialize(TypeDefinition type)
    {
        foreach (var method in type.Methods)
            if (method.IsConstructor && method.IsStatic)
                Reach(method);
    }

    /// <summary>The type is handed over by name: who takes it may make one.</summary>
    private void HandOver(TypeReference reference)
    {
        if (reference is GenericInstanceType generic)
            foreach (var argument in generic.GenericArguments)
                HandOver(argument);
        if (Resolve(reference) is not { } type)
            return;
        Use(type);
        foreach (var method in type.Methods)
            if (method.IsConstructor)
                Reach(method);
    }

    private void Read(MethodDefinition method, MethodBody body)
    {
        foreach (var instruction in body.Instructions)
            switch (instruction.Operand)
            {
                case MethodReference callee:
                    Call(method, callee);
                    break;
                case FieldReference field:
                    if (Resolve(field.DeclaringType) is { } owner)
                        Initialize(owner);
                    break;
                case TypeReference type
                    when instruction.OpCode.Code is Code.Ldtoken or Code.Initobj:
                    HandOver(type);
                    break;
                default:
                    break;
            }
    }

    private void Call(MethodDefinition caller, MethodReference callee)
    {
        if (callee is GenericInstanceMethod generic)
            foreach (var argument in generic.GenericArguments)
                HandOver(argument);
        if (callee.DeclaringType is GenericInstanceType of)
            foreach (var argument in of.GenericArguments)
                HandOver(argument);
        if (Resolve(callee.DeclaringType) is null || callee.Resolve() is not { } method)
            return;
        Reach(method);
        if (!_callers.TryGetValue(KeyOf(callee), out var callers))
            _callers[KeyOf(callee)] = callers = [];
        callers.Add(caller);
    }

    /// <summary>The type, if it is of this repository.</summary>
    private static TypeDefinition? Resolve(TypeReference? reference) =>
        reference?.GetElementType() is { IsGenericParameter: false } type
        && (type is TypeDefinition || type.Scope.Name.StartsWith(Ours, StringComparison.Ordinal))
            ? type.Resolve()
            : null;
}
