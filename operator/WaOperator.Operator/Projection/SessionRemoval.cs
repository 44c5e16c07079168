using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>Takes sessions out of the database, step by step as <see cref="SessionDeletion"/> decides.</summary>
internal sealed partial class SessionRemoval(
    DesiredStore store,
    SessionBook book,
    RetainedKeys retained,
    RemovalGate gate,
    PhoneArbiter phones,
    Refusals refusals,
    DueSessions due,
    IHints hints,
    IEventRecorder events,
    ILogger<SessionRemoval> logger,
    TimeProvider time
)
{
    /// <summary>Takes the next step of each deletion; returns rows that are to be written for it.</summary>
    public async Task<List<SessionRow>> DeleteAsync(
        IEnumerable<WhatsAppSession> sessions,
        CancellationToken ct
    )
    {
        var rows = new List<SessionRow>();
        var gone = new List<SessionFacts>();
        foreach (var session in sessions)
        {
            var facts = book.Update(
                session.Metadata.Uid!,
                NamespacedName.Of(session),
                f => f with { DeletingSince = f.DeletingSince ?? time.GetTimestamp() }
            );
            if (facts.Stored is not { } stored)
            {
                LetGo(facts);
                continue;
            }
            var since = time.GetElapsedTime(facts.DeletingSince!.Value);
            switch (SessionDeletion.Decide(session, facts, since))
            {
                case DeletionStep.Retain:
                    await retained.RetainAsync(stored, facts.Observed, ct);
                    LetGo(facts);
                    break;
                case DeletionStep.GiveUp:
                    events.Tell(
                        session,
                        new(
                            true,
                            Reasons.UnlinkFailed,
                            $"its device could not be unlinked within {SessionDeletion.UnlinkLimit.TotalSeconds:0} s and may still be on the phone's list of devices: remove it there"
                        )
                    );
                    gone.Add(facts);
                    break;
                case DeletionStep.Remove:
                    gone.Add(facts);
                    break;
                case DeletionStep.AskUnlink:
                    rows.Add(
                        stored.Row with
                        {
                            Desired = DesiredState.Deleting,
                            // It never had the proxy that it declares, and does not show its address for the sake of being unlinked.
                            SkipUnlink =
                                stored.Row.SkipUnlink
                                || (
                                    session.Spec.ProxySecretRef is not null
                                    && stored.Row.Proxy is null
                                ),
                        }
                    );
                    due.AddAfter(facts.Name, SessionDeletion.UnlinkLimit - since);
                    break;
                default:
                    break;
            }
        }
        if (gone.Count > 0)
            await store.RemoveSessionsAsync([.. gone.Select(f => f.Stored!.Id)], ct);
        gone.ForEach(LetGo);
        return rows;
    }

    /// <summary>
    /// The resource is gone. If that is news, someone took our finalizer off: its keys are kept, for nothing told us to
    /// wipe them.
    /// </summary>
    public async Task ForgetAsync(SessionFacts facts, CancellationToken ct)
    {
        if (facts.Stored is { } stored)
        {
            Log.Orphaned(logger, facts.Name);
            await retained.RetainAsync(stored, facts.Observed, ct);
            hints.PlacementChanged(facts);
        }
        phones.Free(facts.Uid);
        gate.Forget(facts.Uid);
        refusals.Forget(facts.Uid);
        book.Remove(facts.Uid);
    }

    /// <summary>Nothing of the session is left in the database: a session that waited for its phone may have it.</summary>
    private void LetGo(SessionFacts facts)
    {
        hints.PlacementChanged(facts);
        refusals.Forget(facts.Uid);
        book.Update(
            facts.Uid,
            facts.Name,
            f =>
                f with
                {
                    Stored = null,
                    Shard = null,
                    Waits = null,
                    NeedsFinalizer = false,
                    MayGo = true,
                }
        );
        phones.Free(facts.Uid);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionRemovalOrphaned,
            LogLevel.Warning,
            "{Session} is gone although its finalizer was not ours to remove; its keys are kept and are adopted by a session of the same tenant and phone"
        )]
        public static partial void Orphaned(ILogger logger, NamespacedName session);
    }
}
