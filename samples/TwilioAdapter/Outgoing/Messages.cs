using Npgsql;
using TwilioAdapter.Twilio;
using TwilioAdapter.WhatsApp;

namespace TwilioAdapter.Outgoing;

/// <summary>The table of messages, and what their changes put into the outbox. Each method writes in the transaction of its caller.</summary>
internal sealed class Messages(Outbox outbox, Settings settings, TimeProvider time)
{
    /// <summary>A message came in: the program is told.</summary>
    public async Task ReceiveAsync(NpgsqlConnection connection, Incoming incoming, string number)
    {
        var sid = Sid.OfIncoming(incoming.Session, incoming.From, incoming.Id);
        var mediaSid = incoming.Media is null ? null : Sid.New("ME");
        var form = IncomingForm.Of(settings, incoming, sid, number, mediaSid);
        await ReceiveAsync(connection, incoming.Session, form, incoming.Media?.Id, mediaSid);
    }

    /// <summary>A message came in, in Twilio's form: the program is told.</summary>
    public async Task ReceiveAsync(
        NpgsqlConnection connection,
        string session,
        TwilioForm form,
        string? media,
        string? mediaSid
    )
    {
        var (sid, from) = (form["MessageSid"]!, form["From"]!);
        var now = time.GetUtcNow();
        await connection.RunAsync(
            """
            insert into message (sid, direction, sender, recipient, session, body, status, media, media_sid, created_at, updated_at)
            values ($1, 'inbound', $2, $3, $4, $5, 'received', $6, $7, $8, $8) on conflict do nothing
            """,
            sid,
            from,
            form["To"],
            session,
            form["Body"] ?? "",
            media,
            mediaSid,
            now
        );
        await outbox.AddAsync(
            connection,
            EntryKind.Program,
            $"{session} {from}",
            sid,
            settings.ProgramUrl,
            $"{form}"
        );
    }

    /// <summary>A message goes out.</summary>
    /// <param name="connection">In whose transaction.</param>
    /// <param name="sid">Its SID.</param>
    /// <param name="direction">outbound-api or outbound-reply.</param>
    /// <param name="draft">The message.</param>
    /// <param name="delay">How long it is left to its caller.</param>
    /// <returns>Its number in the outbox.</returns>
    public async Task<long> SendAsync(
        NpgsqlConnection connection,
        string sid,
        string direction,
        Draft draft,
        TimeSpan delay = default
    )
    {
        var now = time.GetUtcNow();
        await connection.RunAsync(
            """
            insert into message (sid, direction, sender, recipient, session, body, status, callback, media_url, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
            """,
            sid,
            direction,
            draft.From,
            draft.To,
            draft.Session,
            draft.Body,
            MessageStatus.Queued,
            draft.StatusCallback,
            draft.MediaUrl,
            now
        );
        return await outbox.AddAsync(
            connection,
            EntryKind.Send,
            $"{draft.Session} {draft.To}",
            sid,
            draft.Session,
            draft.ToApi(sid),
            delay
        );
    }

    /// <summary>A message that was refused at once never was.</summary>
    public Task ForgetAsync(NpgsqlConnection connection, string sid) =>
        connection.RunAsync("delete from message where sid = $1", sid);

    /// <summary>WaOperator tells what became of a message; who waits for it is told, unless it is known already.</summary>
    /// <param name="connection">In whose transaction.</param>
    /// <param name="sid">The message. One that was not sent through the adapter is none of its business.</param>
    /// <param name="session">The session that tells it.</param>
    /// <param name="told">How far it is.</param>
    /// <param name="error">Why it failed; null for none.</param>
    public async Task TellAsync(
        NpgsqlConnection connection,
        string sid,
        string session,
        string told,
        (int Code, string Message)? error = null
    )
    {
        string from,
            to,
            status;
        string? callback;
        await using (
            var command = connection.Command(
                "select sender, recipient, status, callback from message where sid = $1 and session = $2 and direction <> 'inbound' for update",
                sid,
                session
            )
        )
        await using (var reader = await command.ExecuteReaderAsync())
        {
            if (!await reader.ReadAsync())
                return;
            (from, to, status) = (reader.GetString(0), reader.GetString(1), reader.GetString(2));
            callback = reader.Text("callback");
        }
        if (MessageStatus.After(status, told) is not { } next)
            return;
        var now = time.GetUtcNow();
        await connection.RunAsync(
            """
            update message set status = $2, error_code = $3, error_message = $4, updated_at = $5,
              sent_at = case when $2 = 'failed' then null else coalesce(sent_at, $5) end
            where sid = $1
            """,
            sid,
            next,
            error?.Code,
            error?.Message,
            now
        );
        if (callback is null)
            return;
        var form = new TwilioForm
        {
            { "MessageSid", sid },
            { "SmsSid", sid },
            { "MessageStatus", next },
            { "SmsStatus", next },
            { "AccountSid", settings.AccountSid },
            { "ApiVersion", IncomingForm.ApiVersion },
            { "From", from },
            { "To", to },
            { "ChannelPrefix", "whatsapp" },
            { "ErrorCode", error?.Code.ToString() },
            { "ErrorMessage", error?.Message },
        };
        await outbox.AddAsync(connection, EntryKind.Status, sid, sid, callback, $"{form}");
    }
}
