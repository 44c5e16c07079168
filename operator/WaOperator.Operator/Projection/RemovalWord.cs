using System.Globalization;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Resources;

namespace WaOperator.Operator.Projection;

/// <summary>
/// The administrator's word that many sessions may go: an annotation on the operator's own namespace with the time until which it
/// holds, so that it is not still standing at the next accident.
/// </summary>
internal sealed class RemovalWord(
    IKubernetes client,
    OperatorOptions options,
    IEventRecorder events,
    TimeProvider time
)
{
    /// <summary>The message of sessions that wait for it.</summary>
    public string Sentence =>
        $"more than {options.Removal.Sessions} sessions and more than {options.Removal.Percent} % of all would go within {options.Removal.Minutes:0.##} min, so this one stays as it is. If that is right, allow it until a time near by: kubectl annotate --overwrite namespace {options.Pod.Namespace} {Annotations.AllowRemovalUntil}=2030-01-31T18:00:00Z. If not, create the resources again: they are recognised";

    /// <summary>Whether it is given now.</summary>
    public async Task<bool> IsGivenAsync(CancellationToken ct)
    {
        var ns = await client.GetAsync<Namespace>(options.Pod.Namespace, null, ct);
        return IsGiven(ns?.Metadata.Annotation(Annotations.AllowRemovalUntil), time.GetUtcNow());
    }

    /// <summary>Whether tenants that were made again are to get what those of their names kept, as after a restore.</summary>
    public async Task<bool> IsAdoptionAllowedAsync(CancellationToken ct)
    {
        var ns = await client.GetAsync<Namespace>(options.Pod.Namespace, null, ct);
        return IsGiven(ns?.Metadata.Annotation(Annotations.AllowAdoptionUntil), time.GetUtcNow());
    }

    /// <summary>Reports that it is missing, as an event of the leader's Lease.</summary>
    public async Task AskAsync(CancellationToken ct)
    {
        if (
            await client.GetAsync<Lease>(options.Leader.LeaseName, options.Pod.Namespace, ct) is
            { } lease
        )
            events.Tell(lease, new(true, Reasons.RemovalHeld, Sentence));
    }

    /// <summary>Whether an annotation allows it at a moment; what is no RFC 3339 time allows nothing.</summary>
    public static bool IsGiven(string? annotation, DateTimeOffset now) =>
        DateTimeOffset.TryParse(
            annotation,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var until
        )
        && until > now;
}
