using WaOperator.SessionPod.Limits;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// Decides which of the messages that were given up are queued again, asked for one after the other in their order. Within a chat none
/// overtakes another: after one that has to wait, those behind it wait, too.
/// </summary>
/// <param name="which">Which ones are meant.</param>
/// <param name="shares">How much may wait.</param>
/// <param name="admit">Whether the tenant may send one; one that it may send is counted.</param>
internal sealed class RetryChoice(
    DeadLetters which,
    QueueShares shares,
    Func<OutboundMessage, Task<Admission>> admit
)
{
    private readonly HashSet<string> _resting = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forbidden = new(StringComparer.Ordinal);
    private Retrial _result = new(ChangeOutcome.Done);
    private int _taken;

    /// <summary>Nothing more is taken.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether a message is to be queued again.</summary>
    /// <param name="message">The message; null: it is damaged.</param>
    /// <param name="now">The time.</param>
    /// <param name="ofSession">What waits of the session.</param>
    /// <param name="ofTenant">What waits of the tenant.</param>
    public async ValueTask<bool> TakesAsync(
        OutboundMessage? message,
        DateTimeOffset now,
        Backlog ofSession,
        Backlog ofTenant
    )
    {
        if (message is null)
            return Skip();
        if (!which.Fit(message))
            return false;
        if (_forbidden.Contains(message.Chat) || message.ExpiresAt <= now)
            return Skip();
        if (_taken == which.Most)
            return Stop(refusal: null);
        if (_resting.Contains(message.Chat))
            return false;
        if (!shares.Session.HasRoom(ofSession))
            return Stop(refusal: null, full: true);
        if (!shares.Tenant.HasRoom(ofTenant))
            return Stop(SendRefusal.QueueFull(shares.Tenant));
        var admission = await admit(message);
        switch (admission)
        {
            case { Refusal: null }:
                _taken++;
                return true;
            case { Reached: QuotaLimit.Recipient, Refusal: var refusal }:
                _resting.Add(message.Chat);
                _result = _result with { More = true, Refusal = refusal };
                return false;
            case { Reached: not null, Refusal: var refusal }:
                return Stop(refusal);
            default:
                // Another status may be for others.
                if (message.Audience is null)
                    _forbidden.Add(message.Chat);
                return Skip();
        }
    }

    /// <summary>Messages that were taken are queued.</summary>
    public void Queued(int count) => _result = _result with { Retried = _result.Retried + count };

    /// <summary>What became of all.</summary>
    /// <param name="outcome">Of the last step.</param>
    /// <param name="next">Where those are that were not looked at.</param>
    public Retrial Result(ChangeOutcome outcome, DateTimeOffset? next) =>
        _result with
        {
            Outcome = outcome,
            More = _result.More || next is not null,
            // Those that wait are found again only from where this call began.
            Next = _result.More ? null : next,
        };

    private bool Skip()
    {
        _result = _result with { Skipped = _result.Skipped + 1 };
        return false;
    }

    private bool Stop(SendRefusal? refusal, bool full = false)
    {
        Ended = true;
        _result = _result with { More = true, Refusal = refusal, Full = full };
        return false;
    }
}
