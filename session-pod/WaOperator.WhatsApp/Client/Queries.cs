using System.Globalization;
using System.Security.Cryptography;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Timing;

namespace WaOperator.WhatsApp.Client;

/// <summary>The queries (iq get and set) that wait for their answers.</summary>
internal sealed class Queries(TimerWheel wheel, TimeSpan timeout, IActGate gate)
{
    private readonly Lock _lock = new();
    private readonly int _idPart1 = RandomNumberGenerator.GetInt32(10_000, 65_536);
    private readonly int _idPart2 = RandomNumberGenerator.GetInt32(10_000, 65_536);
    private int _count;
    private Dictionary<string, Pending>? _waiting;

    /// <summary>An id that this connection has not used yet; short on the wire, and without '@'.</summary>
    public string NextId() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_idPart1}.{_idPart2}-{Interlocked.Increment(ref _count)}"
        );

    /// <summary>Waits for the answer to an id. To be called before the query is sent.</summary>
    public Pending Expect(string id, string what)
    {
        var pending = new Pending(this, id, what);
        lock (_lock)
            (_waiting ??= new(StringComparer.Ordinal)).Add(id, pending);
        wheel.Arm(pending, timeout);
        return pending;
    }

    /// <summary>True if the stanza is an answer that is waited for.</summary>
    public bool IsExpected(BinaryNode node)
    {
        lock (_lock)
            return node["id"] is { } id && _waiting?.ContainsKey(id) == true;
    }

    /// <summary>Gives an answer to who waits for it.</summary>
    public void Complete(BinaryNode node)
    {
        Pending? pending = null;
        lock (_lock)
        {
            if (node["id"] is not { } id || _waiting?.Remove(id, out pending) != true)
                return;
            if (_waiting.Count == 0)
                _waiting = null;
        }
        pending!.Complete(node);
    }

    private void Forget(Pending pending)
    {
        wheel.Disarm(pending);
        lock (_lock)
        {
            if (_waiting?.Remove(pending.Id) == true && _waiting.Count == 0)
                _waiting = null;
        }
    }

    /// <summary>One query that waits. Disposing it forgets it.</summary>
    internal sealed class Pending(Queries queries, string id, string what) : WheelEntry, IDisposable
    {
        private readonly TaskCompletionSource<BinaryNode> _answer = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public string Id { get; } = id;

        /// <summary>The answer.</summary>
        public Task<BinaryNode> Answer => _answer.Task;

        public void Complete(BinaryNode node)
        {
            if (node["type"] == "result")
            {
                _answer.TrySetResult(node);
                return;
            }
            var error = node.Child("error");
            var code = int.TryParse(
                error?["code"],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : (int?)null;
            _answer.TrySetException(new QueryRefusedException(what, code, error?["text"]));
        }

        public void Dispose() => queries.Forget(this);

        /// <summary>An answer that came while we must be silent is held: the wait begins again.</summary>
        protected internal override void Due()
        {
            if (queries.IsSilent)
                queries.Rearm(this);
            else
                _answer.TrySetException(
                    new TimeoutException($"The server did not answer {what} in time.")
                );
        }
    }

    private bool IsSilent => !gate.MayAct;

    private void Rearm(Pending pending) => wheel.Arm(pending, timeout);
}
