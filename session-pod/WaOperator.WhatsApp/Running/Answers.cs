using System.Collections.Concurrent;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Running;

/// <summary>Who waits for the server's answer to which message. Answers are taken from committed events, so that they may come on a later connection.</summary>
internal sealed class Answers
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<SendResult>> _waiting = new(
        StringComparer.Ordinal
    );

    /// <summary>Waits for the answer to a message that is about to be sent.</summary>
    /// <exception cref="InvalidOperationException">A message of that id is being sent.</exception>
    public Task<SendResult> Expect(string id)
    {
        var answer = new TaskCompletionSource<SendResult>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        return _waiting.TryAdd(id, answer)
            ? answer.Task
            : throw new InvalidOperationException($"The message {id} is being sent already.");
    }

    /// <summary>It is no longer waited for.</summary>
    public void Forget(string id) => _waiting.TryRemove(id, out _);

    /// <summary>Events were committed.</summary>
    public void Take(IEnumerable<SessionEvent> events)
    {
        foreach (var e in events)
        {
            if (Read(e) is { } result && _waiting.TryRemove(result.Id, out var waiting))
                waiting.TrySetResult(result);
        }
    }

    /// <summary>No answer comes in this run.</summary>
    public void Fail(Exception why)
    {
        foreach (var id in _waiting.Keys)
        {
            if (!_waiting.TryRemove(id, out var waiting))
                continue;
            waiting.TrySetException(why);
            // The sender may have given up already.
            _ = waiting.Task.Exception;
        }
    }

    private static SendResult? Read(SessionEvent e) =>
        e switch
        {
            MessageSent sent => new(
                sent.Id,
                sent.Timestamp is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null
            ),
            MessageFailed failed => new(
                failed.Id,
                null,
                failed.Code,
                failed.Error ?? "The message was refused."
            ),
            _ => null,
        };
}
