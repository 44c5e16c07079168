using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// Decides whether a tenant's messages are within its limits, many at once: while one batch is decided, those that come wait for the
/// next. So a refused message is counted by no limit.
/// </summary>
/// <param name="minute">The tenant's minute.</param>
/// <param name="day">Its 24 hours.</param>
/// <param name="time">The clock.</param>
internal sealed class QuotaLine(IMinuteCounter minute, DayBlocks day, TimeProvider time)
{
    private const int MaxBatch = 256;
    private readonly Lock _turn = new();
    private readonly Queue<Asked> _waiting = [];
    private readonly RecipientWindows _recipients = new();
    private bool _asking;

    /// <summary>Asks for one message, and counts it if it may be sent.</summary>
    public Task<Verdict> TakeAsync(RecordName recipient, MessageLimits limits)
    {
        var asked = new Asked(recipient, limits);
        lock (_turn)
        {
            _waiting.Enqueue(asked);
            if (_asking)
                return asked.Answer.Task;
            _asking = true;
        }
        _ = Task.Run(AskAsync);
        return asked.Answer.Task;
    }

    /// <summary>Tells how the limits stand, and counts nothing.</summary>
    /// <param name="recipient">Whose limit is asked for, too; null: no one's.</param>
    /// <param name="limits">The limits.</param>
    public async Task<LimitReading> LookAsync(RecordName? recipient, MessageLimits limits)
    {
        var asked = new Asked(recipient ?? default, limits) { Looks = true };
        lock (_turn)
        {
            _waiting.Enqueue(asked);
            if (!_asking)
            {
                _asking = true;
                _ = Task.Run(AskAsync);
            }
        }
        var reading = (await asked.Answer.Task).Reading;
        return recipient is null ? reading with { Recipient = null } : reading;
    }

    private async Task AskAsync()
    {
        while (Next() is { Count: > 0 } batch)
            try
            {
                // Those that came last know the present limits.
                await DecideAsync(batch, batch[^1].Limits);
            }
            catch (Exception e)
            {
                // Each that asked is told.
                foreach (var asked in batch)
                    asked.Answer.TrySetException(e);
            }
    }

    private async Task DecideAsync(List<Asked> batch, MessageLimits limits)
    {
        var (perMinute, perRecipient, perDay) = limits;
        var now = SlidingWindow.Now(time);
        var fit = new List<Asked>(batch.Count);
        var more = new Dictionary<RecordName, int>();
        foreach (var asked in batch)
        {
            if (asked.Looks)
                continue;
            var before = more.GetValueOrDefault(asked.Recipient);
            if (perRecipient > 0 && _recipients.Held(asked.Recipient, now) + before >= perRecipient)
                asked.Full = true;
            else
            {
                more[asked.Recipient] = before + 1;
                fit.Add(asked);
            }
        }
        var today =
            perDay > 0 && fit.Count > 0 ? await day.RoomAsync(perDay, fit.Count) : fit.Count;
        WindowAnswer? counted =
            perMinute > 0 && today > 0 ? await minute.TakeAsync(perMinute, today) : null;
        var taken = counted?.Taken ?? today;
        if (perRecipient > 0)
            foreach (var asked in fit.Take(taken))
                _recipients.Add(asked.Recipient, now);
        if (perDay > 0)
            day.Use(taken);
        var readings = new Readings(
            counted is { } c ? new(perMinute, Math.Max(perMinute - c.Held, 0), c.Wait) : null,
            perDay > 0 && fit.Count > 0 ? new(perDay, day.Remaining, day.Wait) : null
        );
        for (var i = 0; i < fit.Count; i++)
            fit[i]
                .Answer.SetResult(
                    i < taken ? Answer(null, fit[i])
                    : i < today ? Answer(QuotaLimit.Minute, fit[i])
                    : Answer(QuotaLimit.Day, fit[i])
                );
        foreach (var asked in batch)
            if (asked.Full)
                asked.Answer.SetResult(Answer(QuotaLimit.Recipient, asked));
        if (!batch.Exists(asked => asked.Looks))
            return;
        // Of what was not looked at for those that are sent.
        if (perMinute > 0 && readings.Minute is null)
        {
            var held = await minute.TakeAsync(perMinute, 0);
            readings = readings with
            {
                Minute = new(perMinute, Math.Max(perMinute - held.Held, 0), held.Wait),
            };
        }
        if (perDay > 0 && readings.Day is null)
            readings = readings with { Day = await day.LookAsync(perDay) };
        foreach (var asked in batch)
            if (asked.Looks)
                asked.Answer.SetResult(Answer(null, asked));

        Verdict Answer(QuotaLimit? refused, Asked asked)
        {
            LimitState? recipient =
                perRecipient > 0
                    ? new(
                        perRecipient,
                        Math.Max(perRecipient - _recipients.Held(asked.Recipient, now), 0),
                        _recipients.Wait(asked.Recipient, now, perRecipient)
                    )
                    : null;
            return new(
                refused,
                refused switch
                {
                    QuotaLimit.Minute => readings.Minute!.Value.Reset,
                    QuotaLimit.Day => readings.Day!.Value.Reset,
                    QuotaLimit.Recipient => recipient!.Value.Reset,
                    _ => TimeSpan.Zero,
                },
                new(readings.Minute, recipient, readings.Day)
            );
        }
    }

    private List<Asked> Next()
    {
        var batch = new List<Asked>();
        lock (_turn)
        {
            while (batch.Count < MaxBatch && _waiting.TryDequeue(out var asked))
                batch.Add(asked);
            _asking = batch.Count > 0;
        }
        return batch;
    }

    private readonly record struct Readings(LimitState? Minute, LimitState? Day);

    private sealed record Asked(RecordName Recipient, MessageLimits Limits)
    {
        public bool Full { get; set; }

        /// <summary>It is no message: how the limits stand is asked.</summary>
        public bool Looks { get; init; }

        public TaskCompletionSource<Verdict> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
