using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>
/// When the account's state is synced: when the phone has shared keys, when the server says that there is something new, and before the
/// first write. It has a task only while there is something to do, and holds names alone.
/// </summary>
internal sealed partial class StateKeeper : IDisposable
{
    private readonly IStanzaLink _link;
    private readonly ILifetime _life;
    private readonly AppStateBook _book;
    private readonly KeyRequests _requests;
    private readonly ILogger _logger;
    private readonly AppStateSync _sync;
    private readonly Lock _lock = new();

    /// <summary>Notifications of a collection that wait; the others come again with the next connection, since they are not acknowledged.</summary>
    private const int MaxWaiting = 512;

    /// <summary>Collections that are to be synced, with the notifications that said so.</summary>
    private readonly Dictionary<string, List<Notice>> _wanted = [];

    /// <summary>Collections that cannot be read: not tried again on this connection.</summary>
    private readonly HashSet<string> _stopped = [];

    /// <summary>Collections that wait for a key, with how many there were when it was missed. Used by the syncs, one after the other.</summary>
    private readonly Dictionary<string, int> _parked = [];
    private bool _running;

    /// <param name="link">Asks the server.</param>
    /// <param name="life">The connection's lifetime.</param>
    /// <param name="book">What is stored.</param>
    /// <param name="requests">Asks the phone for keys.</param>
    /// <param name="media">Loads files; asked for when there is one.</param>
    /// <param name="snapshots">Entered while a snapshot is held.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public StateKeeper(
        IStanzaLink link,
        ILifetime life,
        AppStateBook book,
        KeyRequests requests,
        Func<MediaClient> media,
        SemaphoreSlim snapshots,
        TimeProvider time,
        ILogger logger
    )
    {
        (_link, _life, _book, _requests, _logger) = (link, life, book, requests, logger);
        _sync = new(
            link,
            book,
            (reference, most) => StateFiles.LoadAsync(media(), reference, most, time, life.Ended),
            static (_, mutations) => StateEvents.Of(mutations),
            time
        )
        {
            Synced = static (collection, snapshot) => [StateEvents.Of(collection, snapshot)],
            Snapshots = snapshots,
            Missing = _requests.AskAsync,
            Stopped = StoppedAsync,
        };
    }

    /// <summary>The phone has shared keys, and they are durable.</summary>
    public void KeysCame()
    {
        lock (_lock)
            foreach (var collection in Collections.All)
                Want(collection);
    }

    /// <summary>The server says that there is something new. It is acknowledged when that is durable, else the server says it again.</summary>
    public void Notified(BinaryNode notification)
    {
        lock (_lock)
        {
            var names = notification
                .ChildrenWith("collection")
                .Select(told => told["name"])
                .OfType<string>()
                .Where(Collections.All.Contains)
                .ToHashSet();
            var notice = new Notice(notification, names.Count);
            if (names.Count == 0)
                _life.Run(() => AckAsync(notification));
            foreach (var name in names)
                if (Want(name) is { Count: < MaxWaiting } waiting)
                    waiting.Add(notice);
        }
    }

    /// <summary>
    /// A connection that did not come so far may have left collections without a first sync: what has keys and was never synced is synced.
    /// </summary>
    public async Task ResumeAsync()
    {
        if ((await _book.KeysAsync()).Count == 0)
            return;
        var owed = await _book.NeverSyncedAsync();
        lock (_lock)
            foreach (var collection in owed)
                Want(collection);
    }

    /// <summary>Writes what a person does.</summary>
    /// <inheritdoc cref="AppStateSync.WriteAsync" path="/exception"/>
    public async Task WriteAsync(AccountChange change, LastMessage? last, CancellationToken ct) =>
        await _sync.WriteAsync(change, last, IsStopped, ct);

    public void Dispose() => _sync.Dispose();

    /// <summary>Guard: the lock.</summary>
    private List<Notice> Want(string collection)
    {
        if (!_wanted.TryGetValue(collection, out var notifications))
            notifications = _wanted[collection] = [];
        if (!_running)
        {
            _running = true;
            _life.Run(DrainAsync);
        }
        return notifications;
    }

    private (string Collection, List<Notice> Notices)? Take()
    {
        lock (_lock)
        {
            foreach (var collection in Collections.All)
                if (_wanted.Remove(collection, out var notifications))
                    return (collection, notifications);
            _running = false;
            return null;
        }
    }

    private async Task DrainAsync()
    {
        while (Take() is var (collection, notices))
        {
            var synced = await TrySyncAsync(collection);
            foreach (var notice in notices)
                if (notice.IsDone(synced))
                    await AckAsync(notice.Notification);
        }
    }

    private bool IsStopped(string collection)
    {
        lock (_lock)
            return _stopped.Contains(collection);
    }

    /// <returns>False: it is to be tried again, since the server or a file could not be had.</returns>
    private async Task<bool> TrySyncAsync(string collection)
    {
        // Without any key nothing can be read, and the phone's first share brings all collections here.
        var keys = (await _book.KeysAsync()).Count;
        if (keys == 0 || IsStopped(collection))
            return true;
        if (_parked.TryGetValue(collection, out var before) && before == keys)
            return true;
        try
        {
            if (await _sync.SyncAsync(collection, _life.Ended) == SyncResult.Parked)
            {
                _parked[collection] = keys;
                Log.Parked(_logger, collection);
            }
            return true;
        }
        catch (Exception e)
            when (e
                    is QueryRefusedException
                        or TimeoutException
                        or MediaException
                        or AppStateException
            )
        {
            Log.Failed(_logger, collection, e.Message);
            return false;
        }
    }

    private async Task StoppedAsync(string collection, AppStateException why)
    {
        lock (_lock)
            _stopped.Add(collection);
        Log.Stopped(_logger, collection, why.Fault, why.Message);
        var state = await _book.StateAsync(collection);
        await _book.TellAsync(
            new AppStateSynced
            {
                Collection = collection,
                Version = (long)state.Version,
                Error = why.Message,
            }
        );
    }

    private async Task AckAsync(BinaryNode notification)
    {
        if (Stanzas.Ack(notification) is { } ack)
            await _link.SendAsync(ack);
    }

    /// <summary>A notification, and how many of the collections that it names are not synced yet.</summary>
    private sealed class Notice(BinaryNode notification, int left)
    {
        private int _left = left;
        private bool _failed;

        public BinaryNode Notification => notification;

        /// <summary>One of them was tried.</summary>
        /// <returns>True: all are synced.</returns>
        public bool IsDone(bool synced)
        {
            _failed |= !synced;
            return --_left == 0 && !_failed;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.StateKeeperParked,
            Level = LogLevel.Information,
            Message = "The account's state {Collection} waits for a key of the phone"
        )]
        public static partial void Parked(ILogger logger, string collection);

        [LoggerMessage(
            EventId = EventIds.StateKeeperFailed,
            Level = LogLevel.Warning,
            Message = "The account's state {Collection} is not synced, and will be with the next connection. {Reason}"
        )]
        public static partial void Failed(ILogger logger, string collection, string reason);

        [LoggerMessage(
            EventId = EventIds.StateKeeperStopped,
            Level = LogLevel.Error,
            Message = "The account's state {Collection} cannot be read ({Fault}), and is left until the next connection. {Reason}"
        )]
        public static partial void Stopped(
            ILogger logger,
            string collection,
            AppStateFault fault,
            string reason
        );
    }
}
