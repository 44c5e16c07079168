using System.Collections.Concurrent;
using WaOperator.Api;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Polls;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>What all webhooks of a tenure share.</summary>
internal sealed record WebhookContext
{
    /// <summary>Posts at once of a pod, beside the first of each webhook.</summary>
    public const int MaxPosts = 256;

    /// <summary>Bytes of journals that are read at once in a pod, beside the first page of each webhook.</summary>
    public const long MaxBytes = 64L * 1024 * 1024;

    /// <summary>Events of a webhook that are parked at once in a pod, beyond which a refusal stops it; and dead ones, of which the oldest go.</summary>
    public const int MaxKept = 10_000;

    public required WebhookRegister Register { get; init; }

    public required WebhookJournals Journals { get; init; }

    public required WebhookWrites Writes { get; init; }

    public required WebhookReplays Replays { get; init; }

    public required SessionMessages Stored { get; init; }

    public required SentPolls Polls { get; init; }

    public required EventChats Chats { get; init; }

    public required CursorBook Cursors { get; init; }

    public required Keyring Keyring { get; init; }

    public required WebhookPoster Poster { get; init; }

    public required ActGate Gate { get; init; }

    public required SessionHost Host { get; init; }

    public required PodMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required ShardId Shard { get; init; }

    /// <summary>How long events are kept.</summary>
    public required TimeSpan Kept { get; init; }

    public required long LeaseEpoch { get; init; }

    public required ILogger<WebhookWorker> Logger { get; init; }

    // Half of it for one tenant: the slow endpoints of one leave something to others.
    public TenantShares Posts { get; } = new(MaxPosts, MaxPosts / 2);

    public TenantShares Bytes { get; } = new(MaxBytes, MaxBytes / 2);

    /// <summary>From 0 to 1.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>Sessions that a write found to be another shard's, and the epoch in which they were this one's.</summary>
    public ConcurrentDictionary<long, long> Fenced { get; } = [];

    /// <summary>A session as this pod runs it; null: it does not, or not as it was.</summary>
    public Assignment? Serving(OwnedSession session) =>
        Host.Sessions.GetValueOrDefault(session.SessionId)?.Runner is { Lost: false } runner
        && runner.Epoch == session.Epoch
        && !runner.InDoubt
        && !(Fenced.TryGetValue(session.SessionId, out var epoch) && epoch >= session.Epoch)
            ? runner.Wanted
            : null;
}
