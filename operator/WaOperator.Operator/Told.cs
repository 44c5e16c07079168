using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator;

/// <summary>Something to tell people about an object.</summary>
/// <param name="IsWarning">A person should look at it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Message">The details, for people.</param>
public sealed record Told(bool IsWarning, Reason Reason, string Message)
{
    /// <summary>The text of the event: a warning also says what to do.</summary>
    public string Text =>
        !IsWarning
        || Reason.ToDo.Length == 0
        || Message.Contains(Reason.ToDo, StringComparison.Ordinal)
            ? Message
            : $"{Message}. What to do: {Reason.ToDo}";
}

/// <summary>The only way by which the operator makes events: their reasons are those of the catalogue.</summary>
internal static class Telling
{
    /// <summary>Records the event.</summary>
    public static void Tell(this IEventRecorder events, IKubernetesObject about, Told told)
    {
        if (told.IsWarning)
            events.Warning(about, told.Reason, told.Text);
        else
            events.Normal(about, told.Reason, told.Text);
    }
}
