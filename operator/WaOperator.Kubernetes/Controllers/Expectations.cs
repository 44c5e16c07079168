using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Controllers;

/// <summary>
/// Read your own writes: remembers what was written on behalf of a key, so that the key is not worked on again with a
/// cache that has not seen it yet, and nothing is created or counted twice.
/// </summary>
/// <remarks>
/// A reconciler makes its own, hands it to <see cref="ControllerBuilder{TKey}.Expects"/> and writes down in it what it writes.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="limit">A write that the cache has not seen after this long no longer holds its key back. Default 30 s.</param>
public sealed class Expectations<TKey>(TimeProvider time, TimeSpan? limit = null)
    where TKey : notnull
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    private sealed record Write(IInformer Informer, string? Namespace, string ResourceVersion);

    private sealed record Pending(IReadOnlyList<Write> Writes, long Since);

    private readonly ConcurrentDictionary<TKey, Pending> _pending = new();

    /// <summary>How long a key waits for the cache at most.</summary>
    public TimeSpan Limit { get; } = limit ?? DefaultLimit;

    /// <summary>Holds <paramref name="key"/> until <paramref name="informer"/> has seen <paramref name="written"/>.</summary>
    /// <param name="key">The reconciler's key.</param>
    /// <param name="informer">The cache that the reconciler reads.</param>
    /// <param name="written">The object as the server returned it.</param>
    public void ExpectAtLeast(TKey key, IInformer informer, IKubernetesObject written)
    {
        if (
            written.Metadata.ResourceVersion is not { Length: > 0 } version
            || informer.HasSeen(written.Metadata.Namespace, version)
        )
            return;
        var write = new Write(informer, written.Metadata.Namespace, version);
        _pending.AddOrUpdate(
            key,
            _ => new([write], time.GetTimestamp()),
            (_, p) => new([.. p.Writes.Where(w => !Seen(w)), write], time.GetTimestamp())
        );
    }

    /// <summary>Whether the caches have seen all that was written for the key, or were given up on.</summary>
    /// <param name="key">The reconciler's key.</param>
    /// <param name="overdue">What the cache never saw within the limit; null when it saw all.</param>
    public bool AreMet(TKey key, out string? overdue)
    {
        overdue = null;
        if (!_pending.TryGetValue(key, out var pending))
            return true;
        var missing = pending.Writes.FirstOrDefault(w => !Seen(w));
        if (missing is not null && time.GetElapsedTime(pending.Since) < Limit)
            return false;
        if (missing is not null)
            overdue = $"{missing.Informer.Name} at {missing.ResourceVersion}";
        _pending.TryRemove(new(key, pending));
        return true;
    }

    [SuppressMessage(
        "Performance",
        "CA1822:Mark members as static",
        Justification = "Static members of generic types read badly."
    )]
    private bool Seen(Write write) =>
        write.Informer.HasSeen(write.Namespace, write.ResourceVersion);
}
