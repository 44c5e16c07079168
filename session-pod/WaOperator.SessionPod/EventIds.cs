namespace WaOperator.SessionPod;

/// <summary>
/// The ids of what a session pod logs, from 3000 on; the operator's are below, those of hints 4000 and of the library 5000. Each
/// folder has a hundred of them. An id keeps its meaning: one that is no longer logged is not used again.
/// </summary>
internal static class EventIds
{
    private const int Api = 3000;
    private const int Commit = 3100;
    private const int Hosting = 3200;
    private const int Lease = 3300;
    private const int Messages = 3400;
    private const int Ownership = 3500;
    private const int Reports = 3600;
    private const int Sessions = 3700;
    private const int Settings = 3800;
    private const int Webhooks = 3900;
    private const int Broadcasts = 4000;
    private const int Limits = 4100;
    private const int Keys = 4200;

    public const int ApiErrorsFailed = Api + 1;

    public const int UnreadableEntriesGiven = Api + 2;

    public const int MediaGiverBroken = Api + 20;

    public const int BroadcastLoopEnded = Broadcasts + 1;
    public const int BroadcastRunFailed = Broadcasts + 2;
    public const int BroadcastRunBroke = Broadcasts + 3;
    public const int BroadcastRunStopped = Broadcasts + 4;

    public const int GroupCommitEnded = Commit + 1;
    public const int GroupCommitAway = Commit + 2;
    public const int GroupCommitBack = Commit + 3;
    public const int GroupCommitUnknown = Commit + 4;
    public const int GroupCommitRejected = Commit + 5;
    public const int GroupCommitUnanswered = Commit + 6;

    public const int PodServiceWaiting = Hosting + 1;
    public const int PodServiceStopped = Hosting + 2;
    public const int PodServiceStartRefused = Hosting + 3;
    public const int PodServiceBroke = Hosting + 4;

    public const int PodTenureClosed = Hosting + 5;
    public const int PodTenureTooLate = Hosting + 6;
    public const int PodTenureRefused = Hosting + 7;

    public const int LimitNewsFailed = Limits + 1;

    public const int LeaseKeeperAcquired = Lease + 1;
    public const int LeaseKeeperUnknown = Lease + 2;
    public const int LeaseKeeperHeld = Lease + 3;
    public const int LeaseKeeperFailing = Lease + 4;
    public const int LeaseKeeperBack = Lease + 5;
    public const int LeaseKeeperRefused = Lease + 6;
    public const int LeaseKeeperWithheld = Lease + 7;
    public const int LeaseKeeperStepDown = Lease + 8;
    public const int LeaseKeeperReleased = Lease + 9;
    public const int LeaseKeeperNotReleased = Lease + 10;
    public const int LeaseKeeperBroke = Lease + 11;

    public const int SilenceWatchSilent = Lease + 12;
    public const int SilenceWatchActing = Lease + 13;
    public const int SilenceWatchTooLong = Lease + 14;
    public const int SilenceWatchEnded = Lease + 15;

    public const int OutboxSenderEnded = Messages + 1;
    public const int OutboxSenderUnreadable = Messages + 2;
    public const int OutboxSenderNotNow = Messages + 3;

    public const int PrunerEnded = Messages + 4;
    public const int PrunerFailed = Messages + 5;

    public const int DueLoopEnded = Messages + 6;
    public const int DueLoopFailed = Messages + 7;

    public const int UnreadableRecordsFound = Messages + 8;

    public const int OwnershipLoopClaimed = Ownership + 1;
    public const int OwnershipLoopSwept = Ownership + 2;
    public const int OwnershipLoopAway = Ownership + 3;
    public const int OwnershipLoopPoolUnreadable = Ownership + 4;
    public const int OwnershipLoopBack = Ownership + 5;
    public const int OwnershipLoopEnded = Ownership + 6;

    public const int ReleaseQueueEnded = Ownership + 7;
    public const int ReleaseQueueFailed = Ownership + 8;

    public const int ShardReporterEnded = Reports + 1;
    public const int ShardReporterFailed = Reports + 2;

    public const int SessionConnectionHappened = Sessions + 1;
    public const int SessionConnectionNotUnlinked = Sessions + 2;

    public const int SessionHostFailed = Sessions + 4;
    public const int SessionHostNotReported = Sessions + 5;

    public const int SessionJournalTransition = Sessions + 6;
    public const int SessionJournalNotReported = Sessions + 3;
    public const int SessionJournalNotTold = Sessions + 12;

    public const int SessionRunnerDropped = Sessions + 7;
    public const int SessionRunnerInDoubt = Sessions + 8;
    public const int SessionRunnerChanged = Sessions + 9;
    public const int SessionRunnerDatabaseFailed = Sessions + 10;
    public const int SessionRunnerBroken = Sessions + 11;

    public const int SessionRunnerSuspect = Sessions + 13;

    public const int BoxKeysUnreadable = Keys + 1;

    public const int LivePoolApplied = Settings + 1;
    public const int LivePoolRefused = Settings + 2;

    public const int WebhookDispatcherEnded = Webhooks + 1;
    public const int WebhookDispatcherFailed = Webhooks + 2;
    public const int WebhookDispatcherUnusable = Webhooks + 3;

    public const int WebhookWorkerFailing = Webhooks + 4;
    public const int WebhookWorkerBack = Webhooks + 5;
    public const int WebhookWorkerDisabled = Webhooks + 6;
    public const int WebhookWorkerBroke = Webhooks + 7;
    public const int WebhookWorkerAway = Webhooks + 8;

    public const int CursorBookFailed = Webhooks + 9;
}
