using System.Reflection;
using Microsoft.Extensions.Logging;

namespace WaOperator.Testing;

/// <summary>A message that a library logs.</summary>
/// <param name="Namespace">Of the class that logs it.</param>
/// <param name="Name">Class and method: what its event id is named.</param>
/// <param name="Id">Its event id.</param>
public sealed record LoggedMessage(string Namespace, string Name, int Id)
{
    /// <summary>The folder of its project, or <c>Root</c>.</summary>
    public string Folder => Namespace.Split('.').ElementAtOrDefault(2) ?? "Root";
}

/// <summary>What a library logs, and the ids of its class <c>EventIds</c>.</summary>
public static class LoggedMessages
{
    private const BindingFlags All =
        BindingFlags.Static
        | BindingFlags.Instance
        | BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    /// <summary>Every message with a <see cref="LoggerMessageAttribute"/>, by the class that holds its <c>Log</c>.</summary>
    public static IReadOnlyList<LoggedMessage> Of(Assembly assembly) =>
        [
            .. from type in assembly.GetTypes()
            from method in type.GetMethods(All)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select new LoggedMessage(
                type.Namespace!,
                type.DeclaringType!.Name.Split('`')[0] + method.Name,
                message.EventId
            ),
        ];

    /// <summary>The ids by their names.</summary>
    public static Dictionary<string, int> Ids(Assembly assembly) =>
        Constants(assembly, f => f.IsPublic);

    /// <summary>The first id of each folder: the class's private constants.</summary>
    public static Dictionary<string, int> Ranges(Assembly assembly) =>
        Constants(assembly, f => f.IsPrivate);

    private static Dictionary<string, int> Constants(
        Assembly assembly,
        Func<FieldInfo, bool> which
    ) =>
        assembly
            .GetTypes()
            .Single(t => t.Name == "EventIds")
            .GetFields(All)
            .Where(which)
            .ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);
}
