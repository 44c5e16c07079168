using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>What became of a recipient whose turn it was.</summary>
internal enum Fed
{
    /// <summary>It is done with, or has to wait: the next step shows.</summary>
    Done,

    /// <summary>PostgreSQL went away meanwhile: what is stored shows whether its message is queued.</summary>
    Unknown,

    /// <summary>Another pod owns the session.</summary>
    Lost,
}

/// <content>Recipients whose turn it is.</content>
internal sealed partial class Feeding
{
    /// <summary>Queues the message to the next recipient.</summary>
    public async Task<Fed> FeedAsync()
    {
        var stored = _next.Peek();
        var message = stored.Row.Message;
        if (await OpenAsync(stored.Row) is not { } recipient)
            return await SkipAsync(message, StopReasons.Unreadable);
        if (
            !Outgoing.TryRead(
                BroadcastMessage.To(_content.Message, recipient, message),
                out var draft,
                out _
            )
        )
            return await SkipAsync(message, StopReasons.ValuesInvalid);
        var (found, unknown) = await _context.References.LookUpAsync(_session, draft, _ct);
        if (unknown is not null)
        {
            _stop = StopReasons.MessageInvalid;
            return Fed.Done;
        }
        if (Compose(draft, found!) is not { } outgoing)
            return await SkipAsync(message, StopReasons.ValuesInvalid);
        var answer = await _session.Outbox.AcceptMarkedAsync(
            outgoing,
            [.. _marks, new(message, RecipientState.Queued)],
            _context.Queue,
            async () =>
                (
                    await _context.Policy.AdmitAsync(
                        _session.Wanted.TenantId,
                        _session.Id,
                        outgoing.To
                    )
                ).Refusal
        );
        switch (answer.Outcome)
        {
            case AcceptOutcome.Accepted:
                _marks.Clear();
                _next.Dequeue();
                _inFlight.Add(message);
                HasNews = true;
                _due = Next();
                return Fed.Done;
            case AcceptOutcome.Full:
                return Hold(FeedStep.Long);
            case AcceptOutcome.Refused when answer.Refusal!.RetryAfter is { } wait:
                return Hold(wait);
            case AcceptOutcome.Refused:
                return await SkipAsync(message, StopReasons.NotAllowed);
            // An id that no one else can know: the message is of an earlier content.
            case AcceptOutcome.Conflict:
                return await SkipAsync(message, StopReasons.Unreadable);
            case AcceptOutcome.Unknown:
                return Fed.Unknown;
            default:
                return Fed.Lost;
        }
    }

    private Fed Hold(TimeSpan wait)
    {
        // Limits may be changed meanwhile.
        _notBefore =
            _context.Time.GetUtcNow() + (wait < FeedStep.Longest ? wait : FeedStep.Longest);
        return Fed.Done;
    }

    private async Task<Fed> SkipAsync(string message, string reason)
    {
        HasNews = true;
        _marks.Add(new(message, RecipientState.Skipped, reason));
        _next.Dequeue();
        return await FlushAsync();
    }

    private async Task<Recipient?> OpenAsync(RecipientRow row)
    {
        try
        {
            return await BroadcastCodec.OpenAsync(_ciphers, row, _ct);
        }
        catch (InvalidDataException)
        {
            _context.Messages.Unreadable.Found(_session.Id, BroadcastCodec.RecipientKind);
            return null;
        }
    }

    /// <returns>Null: with the recipient's values it is none.</returns>
    private static OutgoingMessage? Compose(Draft draft, Found found)
    {
        try
        {
            return Composer.Compose(draft, found);
        }
        catch (BodyFaultException)
        {
            return null;
        }
    }
}
