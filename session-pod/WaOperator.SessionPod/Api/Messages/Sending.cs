using WaOperator.Api;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>What became of a draft.</summary>
/// <param name="Message">The message, if it was accepted.</param>
/// <param name="Problem">Why it was not, else.</param>
/// <param name="Before">It had been accepted before.</param>
/// <param name="Limits">How the tenant's limits stand; null where they were not asked.</param>
internal readonly record struct SendAnswer(
    MessageAnswer? Message,
    ProblemAnswer? Problem = null,
    bool Before = false,
    LimitReading? Limits = null
);

/// <summary>Has drafts accepted: looks up what they name, composes them, queues them.</summary>
/// <param name="queue">How much may wait.</param>
/// <param name="news">Tells of limits that are reached.</param>
/// <param name="time">The clock.</param>
internal sealed class Sending(QueueShares queue, LimitNews news, TimeProvider time)
{
    /// <summary>How far ahead a message may be scheduled.</summary>
    public static readonly TimeSpan Furthest = TimeSpan.FromDays(30);

    /// <summary>How much may wait.</summary>
    public QueueShares Queue { get; } = queue;

    /// <summary>Has a draft accepted.</summary>
    /// <param name="tenure">What it is served from.</param>
    /// <param name="session">The session that sends.</param>
    /// <param name="draft">The message.</param>
    /// <param name="byKey">Its id came from an Idempotency-Key.</param>
    /// <param name="ct">Ends the wait, not the taking.</param>
    public async Task<SendAnswer> SendAsync(
        ApiTenure tenure,
        IServedSession session,
        Draft draft,
        bool byKey,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow();
        if (draft.SendAt > now + Furthest)
            return new(null, TooFar());
        if (await BeforeAsync(tenure, session, draft, byKey, ct) is { } before)
            return before;
        var (found, unknown) = await tenure.References.LookUpAsync(session, draft, ct);
        if (unknown is not null)
            return new(null, unknown);
        OutgoingMessage message;
        try
        {
            message = Composer.Compose(draft, found!);
        }
        catch (BodyFaultException e)
        {
            return new(null, e.Fault.ToProblem());
        }
        LimitReading? limits = null;
        QuotaLimit? reached = null;
        var answer = await session.Outbox.AcceptAsync(
            message,
            known: draft.Named,
            Queue,
            AdmitAsync,
            draft.SendAt > now ? draft.SendAt : null,
            ct
        );
        var sent = Answer(session, draft, answer, byKey, now) with { Limits = limits };
        if (sent.Problem is { Status: 429 } refused)
            news.Refused(session, refused, reached, limits);
        return sent;

        async Task<SendRefusal?> AdmitAsync()
        {
            if (draft.ExpiresAt <= time.GetUtcNow())
                return SendRefusal.Expired;
            var admission = await tenure.Policy.AdmitAsync(
                session.Wanted.TenantId,
                session.Id,
                draft.To,
                message.Audience
            );
            (limits, reached) = (admission.Limits, admission.Reached);
            return admission.Refusal;
        }
    }

    /// <summary>A file that is at an address is not fetched again for a message that was accepted before.</summary>
    private static async ValueTask<SendAnswer?> BeforeAsync(
        ApiTenure tenure,
        IServedSession session,
        Draft draft,
        bool byKey,
        CancellationToken ct
    )
    {
        if (
            draft is not { Named: true, Content: FileContent { Url: not null } }
            || await tenure.Outboxes.FindAsync(session.Wanted.TenantId, session.Id, draft.Id, ct)
                is not { } stored
        )
            return null;
        var asked = Particulars.Read(stored.Message.Note)?.Fingerprint;
        return
            asked is not null
            && draft.Particulars?.Fingerprint.AsSpan().SequenceEqual(asked) == true
            ? new(new(draft.Id, stored.State.ToString(), stored.Message.Chat), Before: true)
            : new(null, byKey ? Problems.KeyOfAnother() : Problems.IdTaken(draft.Id));
    }

    /// <summary>Why a time is refused.</summary>
    public static ProblemAnswer TooFar() =>
        Problems.Bad("#/sendAt", "\"sendAt\" may be up to 30 days ahead");

    private SendAnswer Answer(
        IServedSession session,
        Draft draft,
        Acceptance answer,
        bool byKey,
        DateTimeOffset now
    )
    {
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        return answer.Outcome switch
        {
            AcceptOutcome.Accepted => new(
                new(
                    draft.Id,
                    answer.State.ToString(),
                    draft.To.ToString(),
                    QueuedAt: answer.Before ? null : now
                ),
                Before: answer.Before
            ),
            AcceptOutcome.Conflict => new(
                null,
                byKey ? Problems.KeyOfAnother() : Problems.IdTaken(draft.Id)
            ),
            AcceptOutcome.Full => new(null, Problems.QueueFull(ns, name, Queue.Session.ToString())),
            AcceptOutcome.Refused => new(null, answer.Refusal!.ToProblem()),
            AcceptOutcome.Unknown => new(null, Problems.MaybeQueued(draft.Id)),
            _ => new(null, Problems.NotRunning(ns, name)),
        };
    }
}
