using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Polls;

/// <summary>Finds the polls that votes are about. One look for a vote, none for other events.</summary>
internal sealed class SentPolls(SessionMessages stored, Keyring keyring)
{
    /// <summary>The poll of a vote; null: it is no vote, or none on a poll that was sent here and is kept.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<SentPoll?> FindAsync(Assignment session, SessionEvent e, CancellationToken ct)
    {
        if (
            e is not MessageReceived message
            || !Votes.Is(message)
            || message.Content.Target!.Id is not { } id
            || !IsSendable(id)
            || await stored.FindOutboxAsync(session.Id, id, ct) is not { } row
        )
            return null;
        using var ciphers = new AtRestCiphers(keyring, session.TenantId, session.Id);
        try
        {
            var sent = await OutboxCodec.OpenAsync(ciphers, row.Row, ct);
            var content = ContentParser.Read(sent.Content, fromMe: true);
            return content is { Secret: { } secret, Poll: { } poll }
                ? new(secret, poll.Options, Particulars.Read(sent.Note)?.Metadata)
                : null;
        }
        catch (InvalidDataException)
        {
            // Damaged: as one that is not kept.
            return null;
        }
    }

    /// <summary>What a vote chose; null: it is no vote, or that cannot be told, as of polls that were not sent here.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<string>?> ChosenAsync(
        Assignment session,
        SessionEvent e,
        CancellationToken ct
    ) =>
        e is MessageReceived vote && await FindAsync(session, e, ct) is { } poll
            ? Votes.Chosen(vote, poll, session.Phone)
            : null;

    /// <summary>Whether a message of that id can have been sent here: a voter writes what he likes.</summary>
    private static bool IsSendable(string id) =>
        id.Length is > 0 and <= OutgoingMessage.MaxIdLength && id.All(char.IsAsciiLetterOrDigit);
}
