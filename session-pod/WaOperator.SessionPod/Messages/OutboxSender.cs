using System.Diagnostics.CodeAnalysis;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Transports;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// Gives a connection the messages that its session has queued, in their order. While it keeps up, a message goes from the API to
/// the wire without being read back; when it falls behind, or after a start, it reads them page by page from the database. It
/// never holds more than <see cref="Window"/> of them. Where the tenant has a pace, a message takes a token; without one they wait in
/// the database, and answers to chats that have written lately go first.
/// </summary>
internal sealed partial class OutboxSender(
    MessageContext context,
    ISessionTransport transport,
    long tenant,
    long session,
    Func<string, bool> isWithdrawn,
    Func<PaceBucket> tokens,
    ILogger logger
)
{
    /// <summary>Messages that were given to the connection and are not encrypted yet, at most.</summary>
    public const int Window = 512;

    /// <summary>How many of those that wait are looked at for answers.</summary>
    private const int PacedPage = 256;

    private const double Jitter = 0.3;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Some tokens are waited for, so that the database is not read for each, but an answer waits no longer.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly Lock _turn = new();
    private HashSet<string>? _handed;
    private List<string>? _accepted;
    private HashSet<string>? _resting;
    private Dictionary<string, Task>? _latest;
    private Connection _connection;
    private Reading _reading;
    private long _cursor;
    private bool _pausing;

    private enum Connection
    {
        /// <summary>Not ready yet.</summary>
        Awaited,

        /// <summary>Takes messages.</summary>
        Ready,

        /// <summary>Takes no more.</summary>
        Ended,
    }

    /// <summary>Whether the database has to be read for messages that the connection was not given.</summary>
    private enum Reading
    {
        /// <summary>No: messages go straight to the connection.</summary>
        None,

        /// <summary>Yes, as soon as there is room.</summary>
        Due,

        /// <summary>It is being read.</summary>
        Running,

        /// <summary>It is being read, and what has come meanwhile may not be in that page: one more look is due.</summary>
        RunningAndDue,
    }

    private int InHand => _handed?.Count ?? 0;

    /// <summary>Whether a message can go to the connection at once, without overtaking one that waits in the database.</summary>
    private bool KeepsUp =>
        _connection == Connection.Ready && _reading == Reading.None && InHand < Window;

    /// <summary>The connection is ready.</summary>
    /// <param name="waiting">Whether messages wait in the database.</param>
    public void Open(bool waiting)
    {
        lock (_turn)
        {
            if (_connection == Connection.Awaited)
                _connection = Connection.Ready;
            if (waiting)
                FallBehind();
        }
        Go();
    }

    /// <summary>The connection has ended: nothing more is given to it.</summary>
    public void Close()
    {
        lock (_turn)
            _connection = Connection.Ended;
    }

    /// <summary>A message is durable in the queue. Called in the order of the queue; quick.</summary>
    public void Offer(OutgoingMessage message)
    {
        lock (_turn)
            if (!KeepsUp)
                FallBehind();
            else if (Rests(message.Chat))
                return;
            else if (MayGo())
                TryHand(message, out _);
            else
                FallBehind();
        Go();
    }

    /// <summary>
    /// Gives a message that is in no queue yet to the connection, if it can go now without overtaking one that was accepted: then
    /// its first commit is that of its ciphertext.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="accepting">See <see cref="ISessionTransport.Send"/>.</param>
    /// <returns>False: it must be queued.</returns>
    public bool TrySend(OutgoingMessage message, [NotNullWhen(true)] out Task? accepting)
    {
        accepting = null;
        lock (_turn)
            return KeepsUp && !Rests(message.Chat) && MayGo() && TryHand(message, out accepting);
    }

    /// <summary>Whether the connection has a message: it may be encrypted at any moment, and cannot be taken back.</summary>
    public bool Holds(string id)
    {
        lock (_turn)
            return _handed?.Contains(id) == true;
    }

    /// <summary>Messages may be in the database that no one offered.</summary>
    public void Look()
    {
        lock (_turn)
        {
            FallBehind();
            _cursor = 0;
        }
        Go();
    }

    private void FallBehind() =>
        _reading = _reading is Reading.None or Reading.Due ? Reading.Due : Reading.RunningAndDue;

    /// <summary>Reads on if that is due.</summary>
    private void Go()
    {
        lock (_turn)
        {
            if (
                _connection != Connection.Ready
                || _reading != Reading.Due
                || InHand > Window / 2
                || _pausing
            )
                return;
            _reading = Reading.RunningAndDue;
            _accepted = [];
        }
        _ = Task.Run(ReadAsync);
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await PageAsync()) { }
        }
        catch (OperationCanceledException)
        {
            Log.Ended(logger, session);
        }
        catch (Exception e)
        {
            // A message that cannot be read blocks those behind it: someone has to look.
            Log.Unreadable(logger, session, e);
        }
        lock (_turn)
        {
            _reading = _reading == Reading.RunningAndDue ? Reading.Due : Reading.None;
            _accepted = null;
        }
        Go();
    }

    /// <summary>Hands over one page.</summary>
    /// <returns>Whether to continue at once.</returns>
    private async Task<bool> PageAsync()
    {
        int room;
        long after;
        var pace = await context.PaceAsync(tenant);
        lock (_turn)
        {
            room = Math.Min(Window - InHand, pace is null ? Window : PacedPage);
            if (_connection == Connection.Ended || room <= 0)
                return false;
            _reading = Reading.Running;
            after = _cursor;
        }
        var page = await context.ReadAsync(
            ct => context.Stored.ReadPendingAsync(session, OutboxState.Queued, after, room, ct),
            context.Ended
        );
        var messages = new List<OutboundMessage>(page.Count);
        using (var ciphers = new AtRestCiphers(context.Keyring, tenant, session))
            foreach (var row in page)
                messages.Add(await OutboxCodec.OpenAsync(ciphers, row.Row, context.Ended));
        lock (_turn)
        {
            if (_connection == Connection.Ended)
                return false;
            long? kept = null;
            foreach (var i in pace is null ? InOrder(messages) : AnswersFirst(messages))
            {
                var stored = messages[i];
                if (
                    _handed?.Contains(stored.Id) == true
                    || _accepted!.Contains(stored.Id)
                    || Rests(stored.Chat)
                )
                    continue;
                // After the first that has to wait none goes, or it might overtake one of its chat.
                if (kept is not null || !MayGo())
                    kept = Math.Min(kept ?? long.MaxValue, page[i].Seq);
                else if (TryRead(stored, out var message))
                    TryHand(message, out _);
            }
            if (page.Count > 0)
                _cursor = kept - 1 ?? page[^1].Seq;
            if (page.Count == room || kept is not null)
                FallBehind();
            if (kept is not null)
                _ = PauseAsync();
            _accepted!.Clear();
            return !_pausing && _reading == Reading.RunningAndDue && InHand < Window;
        }
    }

    private static IEnumerable<int> InOrder(List<OutboundMessage> messages) =>
        Enumerable.Range(0, messages.Count);

    /// <summary>Chat by chat still in their order.</summary>
    private IEnumerable<int> AnswersFirst(List<OutboundMessage> messages)
    {
        var answers = messages
            .Select(m => m.Chat)
            .Distinct(StringComparer.Ordinal)
            .Where(chat => context.Paces.IsAnswer(session, chat, context.Time))
            .ToHashSet(StringComparer.Ordinal);
        return InOrder(messages).OrderBy(i => answers.Contains(messages[i].Chat) ? 0 : 1);
    }

    private double Now => (double)context.Time.GetTimestamp() / context.Time.TimestampFrequency;

    /// <summary>Takes a token where the tenant has a pace.</summary>
    private bool MayGo() => context.Paces.Of(tenant) is not { } pace || tokens().TryTake(pace, Now);

    private async Task PauseAsync()
    {
        _pausing = true;
        if (context.Paces.Of(tenant) is { } pace)
        {
            var (one, some) = (
                tokens().WaitFor(pace, 1, Now),
                tokens().WaitFor(pace, Math.Max(pace.Burst / 2, 1), Now)
            );
            var few = some < LongestPause ? some : LongestPause;
            // Longer by chance, so that sessions do not send in step.
            var pause = (one > few ? one : few) * (1 + Jitter * Random.Shared.NextDouble());
            await Task.Delay(pause, context.Time, context.Ended)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        lock (_turn)
            _pausing = false;
        Go();
    }

    /// <summary>Whether a message of the chat could not go, be it a moment ago, and the ones behind it must wait.</summary>
    private bool Rests(string chat) =>
        _resting?.Contains(chat) == true || _latest?.GetValueOrDefault(chat)?.IsFaulted == true;

    // The API let nothing in that cannot be sent, so what fails here is for the operators of the pod. The messages behind it are sent.
    private bool TryRead(OutboundMessage stored, [NotNullWhen(true)] out OutgoingMessage? message)
    {
        message = null;
        try
        {
            message = OutgoingMessage.Of(stored);
            return true;
        }
        catch (FormatException e)
        {
            Log.Unreadable(logger, session, e);
            return false;
        }
    }

    private bool TryHand(OutgoingMessage message, [NotNullWhen(true)] out Task? accepting)
    {
        accepting = null;
        // Asked under the lock under which it would be held: who withdraws it asks whether it is held afterwards.
        if (isWithdrawn(message.Id))
            return false;
        try
        {
            accepting = transport.Send(message);
        }
        catch (InvalidOperationException)
        {
            // The connection is gone; the next one begins with the database.
            _connection = Connection.Ended;
            return false;
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            // As for one that cannot be read.
            Log.Unreadable(logger, session, e);
            return false;
        }
        (_handed ??= []).Add(message.Id);
        (_latest ??= [])[message.Chat] = accepting;
        _ = FollowAsync(message.Id, message.Chat, accepting);
        return true;
    }

    private async Task FollowAsync(string id, string chat, Task accepting)
    {
        try
        {
            await accepting;
        }
        catch (OperationCanceledException)
        {
            Close();
        }
        catch (SendException e)
        {
            Log.NotNow(logger, session, id, e.Message);
            _ = RestAsync(id, chat, accepting);
            return;
        }
        lock (_turn)
        {
            LetGo(id, chat, accepting);
            _accepted?.Add(id);
        }
        Go();
    }

    /// <remarks>
    /// A chat whose message cannot go now rests as a whole, so that none overtakes it; the other chats continue. The look that ends
    /// the rest finds its messages in the database again, in order.
    /// </remarks>
    private async Task RestAsync(string id, string chat, Task accepting)
    {
        lock (_turn)
        {
            LetGo(id, chat, accepting);
            (_resting ??= []).Add(chat);
        }
        await Task.Delay(RetryAfter, context.Time, context.Ended)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_turn)
        {
            _resting?.Remove(chat);
            if (_resting?.Count == 0)
                _resting = null;
        }
        Look();
    }

    /// <summary>A message is no longer in the connection's hands.</summary>
    private void LetGo(string id, string chat, Task accepting)
    {
        _handed!.Remove(id);
        if (_latest!.GetValueOrDefault(chat) == accepting)
            _latest!.Remove(chat);
        if (_handed.Count == 0)
            (_handed, _latest) = (null, null);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.OutboxSenderEnded,
            LogLevel.Debug,
            "session {SessionId}: its outbox waits for the next owner"
        )]
        public static partial void Ended(ILogger logger, long sessionId);

        [LoggerMessage(
            EventIds.OutboxSenderUnreadable,
            LogLevel.Error,
            "session {SessionId}: its queue cannot be read"
        )]
        public static partial void Unreadable(ILogger logger, long sessionId, Exception e);

        [LoggerMessage(
            EventIds.OutboxSenderNotNow,
            LogLevel.Warning,
            "session {SessionId}: message {Id} could not be sent now and is tried again: {Error}"
        )]
        public static partial void NotNow(ILogger logger, long sessionId, string id, string error);
    }
}
