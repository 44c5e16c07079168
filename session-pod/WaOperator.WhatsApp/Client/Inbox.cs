using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Client;

/// <summary>
/// Hands stanzas to their handler one after the other, and only while the gate is open. What came meanwhile is held,
/// within limits. It has a task only while there is something to hand over.
/// </summary>
internal sealed class Inbox(
    IActGate gate,
    int maxFrames,
    int maxBytes,
    Func<BinaryNode, ValueTask> handle,
    Action<Exception> failed,
    CancellationToken ended
)
{
    private const int SmallQueue = 16;

    private readonly Lock _lock = new();
    private Queue<Held> _queue = new();
    private int _bytes;
    private bool _draining;
    private TaskCompletionSource? _space;

    /// <summary>The hand-over that runs, or the last one.</summary>
    public Task Drained { get; private set; } = Task.CompletedTask;

    /// <summary>Bytes that wait.</summary>
    public int HeldBytes => Volatile.Read(ref _bytes);

    /// <summary>Takes a stanza; false if that would be more than is held.</summary>
    /// <param name="node">The stanza.</param>
    /// <param name="plaintext">Its bytes: smaller than the stanza, and therefore kept instead while we must be silent.</param>
    public bool TryPost(BinaryNode node, ReadOnlySpan<byte> plaintext)
    {
        var silent = !gate.MayAct;
        lock (_lock)
        {
            var tooLarge = _bytes + plaintext.Length > maxBytes && (silent || _queue.Count > 0);
            if (_queue.Count >= maxFrames || tooLarge)
                return false;
            _queue.Enqueue(
                new(silent ? null : node, silent ? plaintext.ToArray() : null, plaintext.Length)
            );
            _bytes += plaintext.Length;
            if (_draining)
                return true;
            _draining = true;
        }
        Drained = DrainAsync();
        return true;
    }

    /// <summary>Waits until at least one stanza has been handed over.</summary>
    public Task WaitForSpaceAsync()
    {
        lock (_lock)
        {
            if (_queue.Count == 0)
                return Task.CompletedTask;
            _space ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _space.Task.WaitAsync(ended);
        }
    }

    private async Task DrainAsync()
    {
        try
        {
            while (true)
            {
                if (!gate.MayAct)
                    await gate.WaitUntilOpenAsync(ended);
                ended.ThrowIfCancellationRequested();
                if (!TryTake(out var held))
                    return;
                await handle(held.Node ?? BinaryDecoder.Decode(held.Plaintext));
            }
        }
        catch (Exception e)
        {
            failed(e);
        }
    }

    private bool TryTake(out Held held)
    {
        lock (_lock)
        {
            _space?.TrySetResult();
            _space = null;
            if (_queue.TryDequeue(out held))
            {
                _bytes -= held.Size;
                return true;
            }
            _draining = false;
            if (_queue.Capacity > SmallQueue)
                _queue = new();
            return false;
        }
    }

    private readonly record struct Held(BinaryNode? Node, byte[]? Plaintext, int Size);
}
