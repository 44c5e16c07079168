using WaOperator.Store;

namespace WaOperator.SessionPod;

/// <summary>Who this process is.</summary>
/// <param name="Shard">The ordinal of its pool that it serves.</param>
/// <param name="PodUid">UID of its pod: a new process of the same pod may take the lease over at once.</param>
/// <param name="PodName">Name of its pod, for people.</param>
internal sealed record PodIdentity(ShardId Shard, string PodUid, string PodName);
