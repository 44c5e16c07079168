using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Events;

/// <summary>Shows people what happens to an object, in <c>kubectl describe</c> and <c>kubectl get events</c>.</summary>
public interface IEventRecorder
{
    /// <summary>Something that is as it should be. Returns at once; best effort.</summary>
    /// <param name="regarding">The object.</param>
    /// <param name="reason">CamelCase, for programs, such as <c>Placed</c>.</param>
    /// <param name="message">For people; at most 1024 bytes are kept.</param>
    void Normal(IKubernetesObject regarding, string reason, string message);

    /// <summary>Something that someone should look at. Returns at once; best effort.</summary>
    /// <inheritdoc cref="Normal"/>
    void Warning(IKubernetesObject regarding, string reason, string message);
}
