using TwilioAdapter.Twilio;

namespace TwilioAdapter.Outgoing;

/// <summary>Does what is in the outbox: some entries at once, of a lane one after the other.</summary>
internal sealed class OutboxWorker(
    Outbox outbox,
    Messages messages,
    ProgramPosts posts,
    Sending sending,
    Settings settings,
    TimeProvider time,
    ILogger<OutboxWorker> log
) : BackgroundService
{
    /// <summary>How many entries are worked on at once.</summary>
    public const int AtOnce = 8;

    protected override Task ExecuteAsync(CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(ct)));

    private async Task WorkAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            try
            {
                if (!await OneAsync(ct))
                    await outbox.WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Nothing is lost by it: the entry was not ended. As a rule the database is away.
                log.LogError(e, "An entry of the outbox could not be worked on");
                await Task.Delay(TimeSpan.FromSeconds(1), time, ct);
            }
    }

    /// <summary>Works on one entry. What is under way when the adapter is stopped comes to its end, within the limits of its calls.</summary>
    /// <returns>False: there is nothing to do.</returns>
    private async Task<bool> OneAsync(CancellationToken ct)
    {
        await using var taken = await outbox.TakeAsync(null, ct);
        if (taken is null)
            return false;
        try
        {
            if (taken.Entry.Kind != EntryKind.Send)
                await PostAsync(taken);
            else if (await sending.TryAsync(taken) is { } error)
                await FailAsync(taken, error);
        }
        catch (Exception)
        {
            // One that cannot be worked on, by a mistake here, must not keep all workers busy.
            await taken.DisposeAsync();
            await outbox.DueAsync(taken.Entry.Id, TimeSpan.FromMinutes(5));
            throw;
        }
        outbox.Wake(); // the next one of its lane
        return true;
    }

    private async Task FailAsync(TakenEntry taken, TwilioError error)
    {
        var entry = taken.Entry;
        log.LogWarning("{Sid} failed: {Code}", entry.Sid, error.Code);
        await messages.TellAsync(
            taken.Connection,
            entry.Sid,
            entry.Url,
            MessageStatus.Failed,
            (error.Code, error.Message)
        );
        await taken.DoneAsync();
    }

    private async Task PostAsync(TakenEntry taken)
    {
        var entry = taken.Entry;
        var answer = await posts.PostAsync(entry.Url, entry.Body, $"{entry.Sid}.{entry.Id}");
        if (answer.Fault is { } fault)
        {
            log.LogWarning("A post about {Sid} was not taken: {Fault}", entry.Sid, fault);
            await (taken.IsOverdue ? taken.GiveUpAsync(fault) : taken.LaterAsync(fault));
            return;
        }
        if (entry.Kind == EntryKind.Program)
            try
            {
                foreach (var (sid, draft) in Replies(entry, answer))
                    await messages.SendAsync(taken.Connection, sid, "outbound-reply", draft);
            }
            catch (FormatException e)
            {
                // The program would answer the same again. Twilio has its debugger for this, the adapter the row in the outbox.
                log.LogError(
                    "The answer to {Sid} was not sent ({Code}); its entry in the outbox says why",
                    entry.Sid,
                    e.Message.Split(':')[0]
                );
                await taken.GiveUpAsync(e.Message);
                return;
            }
        await taken.DoneAsync();
    }

    /// <summary>What the program answered, all of it or nothing.</summary>
    private List<(string Sid, Draft Draft)> Replies(Entry entry, ProgramAnswer answer)
    {
        var form = TwilioForm.Parse(entry.Body);
        return
        [
            .. TwiMl
                .Read(answer.MediaType, answer.Text, new(entry.Url))
                .Select(
                    (reply, i) =>
                        Draft.Of(
                            settings,
                            reply.From ?? form["To"],
                            reply.To ?? form["From"],
                            reply.Body,
                            reply.MediaUrl,
                            reply.StatusCallback
                        ) switch
                        {
                            ({ } draft, _) => (Sid.OfReply(entry.Sid, i), draft),
                            (_, var error) => throw new FormatException(
                                $"{error!.Code}: {error.Message}"
                            ),
                        }
                ),
        ];
    }
}
