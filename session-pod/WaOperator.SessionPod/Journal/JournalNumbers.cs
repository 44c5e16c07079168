using System.Diagnostics.CodeAnalysis;
using WaOperator.SessionPod.Commit;

namespace WaOperator.SessionPod.Journal;

/// <summary>
/// Numbers the entries of one session's journal while this pod owns it. Readers rely on numbers without gaps that become durable in their
/// order, whoever writes them: who has the turn takes numbers and queues the write that bears them before another can.
/// </summary>
/// <param name="last">Reads the number of the last durable entry.</param>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing."
)]
internal sealed class JournalNumbers(Func<Task<long>> last)
{
    private static readonly Task<CommitOutcome> Nothing = Task.FromResult(CommitOutcome.Committed);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CommitLane? _lane;
    private Task<CommitOutcome> _queued = Nothing;
    private long? _last;
    private bool _taken;

    /// <summary>Waits for the turn; end it with <see cref="Leave"/>.</summary>
    /// <param name="lane">
    /// Where what bears the numbers is queued. Writes of one lane may follow each other without waiting: if one is lost, so are those
    /// behind it. What another lane has queued is settled first, since its loss would leave a gap. Null: it is not queued before that, either.
    /// </param>
    public async Task EnterAsync(CommitLane? lane)
    {
        await _turn.WaitAsync();
        try
        {
            if (lane is null || lane != _lane)
                await SettleAsync();
            _lane = lane;
            _last ??= await last();
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    /// <summary>The next number.</summary>
    public long Next()
    {
        _taken = true;
        return (_last = _last!.Value + 1).Value;
    }

    /// <summary>The numbers that were taken are on their way to the database.</summary>
    public void Queued(Task<CommitOutcome> commit) => (_queued, _taken) = (commit, false);

    /// <summary>Ends the turn. Numbers that were taken and not queued are taken back.</summary>
    public void Leave()
    {
        if (_taken)
            (_last, _taken) = (null, false);
        _turn.Release();
    }

    private async Task SettleAsync()
    {
        await ((Task)_queued).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_queued.IsCompletedSuccessfully || await _queued != CommitOutcome.Committed)
            _last = null;
        _queued = Nothing;
    }
}
