using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;

namespace WaOperator.Operator;

/// <summary>Says, in the words of the API server, that it refuses an object which the operator makes.</summary>
internal static class Refusal
{
    private const int MostWords = 1024;

    /// <summary>What was refused and why.</summary>
    /// <param name="refused">The server's answer.</param>
    /// <param name="verb">What was tried, such as <c>delete</c>.</param>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="name">Its name.</param>
    public static Trouble Of(KubernetesException refused, string verb, string kind, string name) =>
        new(
            Reasons.ObjectRefused,
            $"the API server refused to {verb} {kind} {name}: {Words(refused)}"
        );

    /// <summary>Makes a call about one object; what stands in its way is told instead of thrown.</summary>
    /// <returns>
    /// What stands in its way; null when it succeeded, or when the namespace is being deleted: what cannot be created there is not
    /// needed either.
    /// </returns>
    public static async Task<Trouble?> TellAsync<T>(string verb, string name, Func<Task> call)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            await call();
            return null;
        }
        catch (KubernetesException e) when (e.IsRefusal)
        {
            return Of(e, verb, T.Resource.Kind, name);
        }
        catch (KubernetesException e) when (e.IsNamespaceTerminating)
        {
            return null;
        }
    }

    /// <summary>Several troubles as one: the reason of the first and all messages.</summary>
    public static Trouble? Merge(IReadOnlyCollection<Trouble> troubles) =>
        troubles.Count == 0
            ? null
            : new(troubles.First().Reason, string.Join("; ", troubles.Select(t => t.Message)));

    private static string Words(KubernetesException refused)
    {
        var words = refused.Status.Message is { Length: > 0 } message
            ? message
            : $"HTTP {(int)refused.Code}";
        return words.Length > MostWords ? words[..(MostWords - 1)] + "…" : words;
    }
}
