using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Durability;

/// <summary>
/// Makes steps durable in the order in which they come. While one commit is under way the next steps gather for the one after it;
/// what follows a step happens when it is durable, in the same order, while the next commit runs. Steps that nothing waits for
/// stay a moment, since the next message mostly is about to come and takes them along. A failure ends the connection. It has a
/// task only while there is something to do.
/// </summary>
internal sealed class Committer(
    ILifetime life,
    IActGate gate,
    IMessageStore store,
    TimeSpan gather,
    TimeProvider time
)
{
    private const int MaxSteps = 256;
    private const long MaxSize = 1024 * 1024;
    private const int MaxBatches = 4;

    private readonly Lock _lock = new();
    private readonly Queue<Batch> _full = new();
    private Batch _open = new();
    private bool _running;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _rest;
    private bool _hurried;

    /// <summary>Cancelled when nothing more becomes durable.</summary>
    public CancellationToken Ended => life.Ended;

    /// <summary>Queues a step. Callers hold the monitors of the slots that it changes.</summary>
    public void Enqueue(Step step)
    {
        lock (_lock)
        {
            if (_open.Steps.Count >= MaxSteps || _open.Size >= MaxSize)
            {
                _open.Seal();
                _full.Enqueue(_open);
                _open = new();
            }
            _open.Add(step);
            if (!step.CanWait)
                _rest?.TrySetResult();
            if (_running)
                return;
            _running = true;
        }
        life.Run(DrainAsync);
    }

    /// <summary>Changes records and waits until that is durable, or cannot be any more.</summary>
    /// <param name="slots">The records.</param>
    /// <param name="change">Changes them; it holds their monitors.</param>
    public Task CommitAsync(IReadOnlyList<Slot> slots, Action<Step> change)
    {
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Slots.Locked(
            slots,
            () =>
            {
                var step = new Step { Durable = durable.SetResult };
                change(step);
                Enqueue(step);
            }
        );
        return durable.Task.WaitAsync(Ended);
    }

    /// <summary>From now on nothing waits for company: the connection is being closed.</summary>
    public void Hurry()
    {
        lock (_lock)
        {
            _hurried = true;
            _rest?.TrySetResult();
        }
    }

    /// <summary>Waits while more is queued than should be.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            if (_full.Count < MaxBatches)
                return Task.CompletedTask;
            _room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(life.Ended);
        }
    }

    private async Task DrainAsync()
    {
        var following = Task.CompletedTask;
        try
        {
            while (await NextAsync() is { } batch)
            {
                if (!batch.IsEmpty)
                    await CommitAsync(batch);
                batch.Committed();
                await following;
                following = FollowAsync(batch);
                // The next drain must find that all before it has followed.
                if (IsIdle)
                    await following;
            }
        }
        finally
        {
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool IsIdle
    {
        get
        {
            lock (_lock)
                return _full.Count == 0 && _open.Steps.Count == 0;
        }
    }

    private async Task CommitAsync(Batch batch)
    {
        if (!gate.MayAct)
            await gate.WaitUntilOpenAsync(life.Ended);
        // A close that was asked for keeps what was answered until then, also where the peer is quicker to end the connection.
        if (!Volatile.Read(ref _hurried))
            life.Ended.ThrowIfCancellationRequested();
        try
        {
            // Not cancelled when the connection ends: the next one must find either all of it or nothing.
            await store.CommitAsync(batch.Seal(), CancellationToken.None);
        }
        catch (Exception e)
        {
            throw new StoreFailedException(e);
        }
    }

    private static async Task FollowAsync(Batch batch)
    {
        foreach (var step in batch.Steps)
        {
            if (step.Then is { } then)
                await then();
        }
    }

    private async ValueTask<Batch?> NextAsync()
    {
        if (Rest() is { } rest)
            await rest
                .Task.WaitAsync(gather, time, life.Ended)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Take();
    }

    /// <summary>Completes when there is something that cannot wait; null if nothing is to be waited for.</summary>
    private TaskCompletionSource? Rest()
    {
        lock (_lock)
        {
            if (
                _hurried
                || gather == TimeSpan.Zero
                || _full.Count > 0
                || _open.Steps.Count == 0
                || !_open.CanWait
            )
                return null;
            _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _rest;
        }
    }

    private Batch? Take()
    {
        lock (_lock)
        {
            _rest = null;
            _room?.TrySetResult();
            _room = null;
            if (_full.TryDequeue(out var full))
                return full;
            if (_open.Steps.Count == 0)
            {
                _running = false;
                return null;
            }
            var batch = _open;
            batch.Seal();
            _open = new();
            return batch;
        }
    }
}
