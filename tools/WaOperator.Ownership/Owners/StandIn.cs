using System.Diagnostics.CodeAnalysis;
using System.Text;
using WaOperator.Ownership.Judging;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;

namespace WaOperator.Ownership.Owners;

/// <summary>
/// A session without its socket: asks every few milliseconds whether it may act, informs the referee when it may, and now and then
/// writes what the fence must guard.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A token source without a timer holds nothing; it may be cancelled late."
)]
internal sealed class StandIn(
    SessionContext context,
    Assignment wanted,
    long epoch,
    string owner,
    Action<Act> report,
    Random random
) : ISessionRunner
{
    private readonly CancellationTokenSource _closing = new();
    private volatile Assignment _wish = wanted;
    private volatile bool _lost;

    /// <inheritdoc/>
    public long Id => _wish.Id;

    /// <inheritdoc/>
    public long Epoch => epoch;

    /// <inheritdoc/>
    public Assignment Wanted => _wish;

    /// <inheritdoc/>
    public bool Lost => _lost;

    private bool Over =>
        _lost || _closing.IsCancellationRequested || context.Dropped.IsCancellationRequested;

    /// <inheritdoc/>
    public async Task RunAsync()
    {
        var writing = Task.Run(WriteAsync);
        while (!Over)
        {
            var from = Referee.Now.Ticks;
            var may = context.Gate.MayAct;
            var to = Referee.Now.Ticks;
            if (may && !Over)
                report(new(Id, epoch, owner, from, to));
            await Pause.ForAsync(random.Next(5, 16), _closing.Token);
        }
        await writing;
    }

    /// <inheritdoc/>
    public Task ReportReleasedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public void Update(Assignment wish) => _wish = wish;

    /// <inheritdoc/>
    public void Reconnect()
    {
        // There is no socket.
    }

    /// <inheritdoc/>
    public void BeginClose() => _closing.Cancel();

    /// <inheritdoc/>
    public void Forget()
    {
        // Someone may cancel it late, so nothing is disposed.
    }

    private async Task WriteAsync()
    {
        var number = 0;
        var told = -1;
        while (!Over)
        {
            var outcome = await context.Commits.CommitAsync(
                Wanted.TenantId,
                new SessionWrite(Id, epoch)
                {
                    Keys = [new("test", $"{number % 3}", 1, Payload(number, told))],
                }
            );
            if (outcome == CommitOutcome.Committed)
                told = number;
            number++;
            if (outcome is CommitOutcome.Fenced or CommitOutcome.Dropped)
                _lost = true;
            else
                await Pause.ForAsync(random.Next(20, 80), _closing.Token);
        }
    }

    /// <summary>Sometimes with a pause before the commit, now and then a long one, sometimes so large that it takes several packets.</summary>
    private byte[] Payload(int number, int told)
    {
        var pause = random.Next(40) switch
        {
            0 => random.Next(60, 400),
            < 6 => random.Next(5, 60),
            _ => 0,
        };
        var padding = random.Next(20) == 0 ? 50_000 : 10;
        return Encoding.UTF8.GetBytes(
            $"{epoch}|{pause}|{number}|{told}|{new string('x', padding)}"
        );
    }
}
