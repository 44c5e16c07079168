using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>
/// Takes the parts of the history that the phone has announced, one after the other and few at once in the whole process. What is due
/// survives the connection; so does how far a part has come, and another connection, in another process too, continues there. It has a
/// task only while something is due.
/// </summary>
internal sealed partial class HistoryKeeper(
    IStanzaLink link,
    ILifetime life,
    Vault vault,
    HistoryBook book,
    LidMap lids,
    Func<MediaClient> media,
    SemaphoreSlim few,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>Bytes of messages after which a batch is given away although it has few.</summary>
    private const long MaxBatchBytes = 512 * 1024;

    /// <summary>When parts that could not be had are tried again for the first time; each time after that twice as late.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();

    /// <summary>Parts that could not be had, until they are tried again; null: none.</summary>
    private HashSet<string>? _left;
    private bool _running;
    private bool _again;
    private volatile bool _pausing;
    private int _pauses;

    /// <summary>1: what is in <see cref="_left"/> is to be tried again.</summary>
    private int _fresh;

    /// <summary>An announcement is durable.</summary>
    public ValueTask NotedAsync(string id)
    {
        Start();
        return ReceiptAsync(id);
    }

    /// <summary>What an earlier connection left is due.</summary>
    public async Task ResumeAsync()
    {
        var due = await book.DueAsync();
        foreach (var id in due.Ids)
            await ReceiptAsync(id);
        if (due.Ids.Count > 0)
            Start();
    }

    /// <summary>Our phone need not announce it again. Said before the part is taken, as other clients do; after a crash it is said again.</summary>
    private ValueTask ReceiptAsync(string id) =>
        new(
            link.SendAsync(
                new("receipt")
                {
                    ["id"] = id,
                    ["to"] = vault.Credentials.Me!.Value.Account.ToString(),
                    ["type"] = "hist_sync",
                }
            )
        );

    private void Start()
    {
        lock (_lock)
        {
            _again = true;
            if (_running)
                return;
            _running = true;
        }
        life.Run(DrainAsync);
    }

    private bool Continues()
    {
        lock (_lock)
        {
            if (_again)
            {
                _again = false;
                return true;
            }
            _running = false;
            return false;
        }
    }

    private async Task DrainAsync()
    {
        while (Continues())
        {
            if (Interlocked.Exchange(ref _fresh, 0) == 1)
                _left = null;
            while (
                (await book.DueAsync()).Ids.FirstOrDefault(id => _left?.Contains(id) != true)
                    is { } id
            )
                await TakeAsync(id);
        }
    }

    /// <summary>What could not be had is tried again, also on this connection, which may last for weeks.</summary>
    private async Task PauseAsync()
    {
        var pause = Pause * Math.Pow(2, Math.Min(_pauses++, 8));
        await Task.Delay(pause < LongestPause ? pause : LongestPause, time, life.Ended);
        _pausing = false;
        Volatile.Write(ref _fresh, 1);
        Start();
    }

    private async Task TakeAsync(string id)
    {
        // Before anything is loaded: an announcement may hold the part itself, and thousands of accounts may wait here.
        await few.WaitAsync(life.Ended);
        try
        {
            if (await book.NoteAsync(id) is { } announced)
                await TakeAsync(id, announced);
            else
                await book.FinishAsync(id, null, null);
        }
        finally
        {
            few.Release();
        }
    }

    private async Task TakeAsync(string id, HistorySyncNotification announced)
    {
        var gathered = new Gathered(announced);
        string? error = null;
        try
        {
            await using var file = await HistoryFiles.LoadAsync(media, announced, time, life.Ended);
            // A store names a chat by what it knows when it gets it.
            await LearnAsync(file, (HistoryPart)announced.SyncType);
            await GiveAsync(id, file, gathered);
        }
        catch (Exception e) when (e is HistoryException or MediaUnavailableException)
        {
            Log.Lost(logger, (HistoryPart)announced.SyncType, e.Message);
            error = e.Message;
        }
        catch (Exception e)
            when (e
                    is MediaException
                        or TimeoutException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            Log.Failed(logger, (HistoryPart)announced.SyncType, e.Message);
            (_left ??= []).Add(id);
            if (!_pausing)
            {
                _pausing = true;
                life.Run(PauseAsync);
            }
            return;
        }
        _pauses = 0;
        await book.FinishAsync(id, gathered.Take(), Told(announced, gathered.Counts, error));
    }

    /// <summary>Learns which addresses are one account.</summary>
    private async Task LearnAsync(HistoryFile file, HistoryPart kind)
    {
        await using var part = file.Open();
        var some = new List<(Jid, Jid)>(HistoryBatch.MaxEntries);
        var count = 0;
        foreach (var (phone, lid) in HistoryReader.Addresses(part, life.Ended))
        {
            if (++count > HistoryReader.MaxAddresses)
                continue;
            some.Add((phone, lid));
            if (some.Count < HistoryBatch.MaxEntries)
                continue;
            await lids.LearnNewAsync(some);
            some.Clear();
        }
        await lids.LearnNewAsync(some);
        if (count > HistoryReader.MaxAddresses)
            Log.TooMany(logger, kind, count, HistoryReader.MaxAddresses);
    }

    /// <summary>Gives all but the last batch.</summary>
    private async Task GiveAsync(string id, HistoryFile file, Gathered gathered)
    {
        await using var part = file.Open();
        var taken = (await book.DueAsync()).TakenOf(id);
        var seen = 0;
        var me = vault.Credentials.Me!.Value.Account;
        foreach (var item in HistoryReader.Read(part, me, life.Ended))
        {
            life.Ended.ThrowIfCancellationRequested();
            if (seen >= taken && gathered.IsFull)
                await book.GiveAsync(id, gathered.Take(), seen);
            gathered.Counts.Add(item);
            if (++seen > taken)
                gathered.Add(item);
        }
    }

    private static HistorySynced Told(
        HistorySyncNotification announced,
        Counts counts,
        string? error
    ) =>
        new()
        {
            Part = Name((HistoryPart)announced.SyncType),
            Progress = (int)Math.Min(announced.Progress, 100),
            Chunk = (int)Math.Min(announced.ChunkOrder, int.MaxValue),
            Chats = counts.Chats,
            Messages = counts.Messages,
            Names = counts.Names,
            Request = Request(announced),
            Error = error,
        };

    private static string Name(HistoryPart part) =>
        part switch
        {
            HistoryPart.Bootstrap => "bootstrap",
            HistoryPart.Full => "full",
            HistoryPart.Recent => "recent",
            HistoryPart.PushNames => "pushNames",
            _ => "onDemand",
        };

    private static string? Request(HistorySyncNotification announced) =>
        announced.PeerDataRequestSessionId is { Length: > 0 and <= 128 } id ? id : null;

    /// <summary>What a part has, with what an earlier connection took of it.</summary>
    private sealed class Counts
    {
        public int Chats { get; private set; }

        public int Messages { get; private set; }

        public int Names { get; private set; }

        public void Add(HistoryItem item)
        {
            switch (item)
            {
                case HistoryItem.Chat:
                    Chats++;
                    break;
                case HistoryItem.Message:
                    Messages++;
                    break;
                case HistoryItem.Name:
                    Names++;
                    break;
            }
        }
    }

    /// <summary>A batch that is being filled.</summary>
    private sealed class Gathered(HistorySyncNotification announced)
    {
        private List<HistoryMessage> _messages = [];
        private List<HistoryChat> _chats = [];
        private List<HistoryName> _names = [];
        private long _bytes;

        public Counts Counts { get; } = new();

        public bool IsFull =>
            _messages.Count + _chats.Count + _names.Count >= HistoryBatch.MaxEntries
            || _bytes >= MaxBatchBytes;

        public void Add(HistoryItem item)
        {
            switch (item)
            {
                case HistoryItem.Message message:
                    _messages.Add(message.Value);
                    _bytes += message.Value.Message.Length;
                    break;
                case HistoryItem.Chat chat:
                    _chats.Add(chat.Value);
                    break;
                case HistoryItem.Name name:
                    _names.Add(name.Value);
                    break;
            }
        }

        /// <returns>Null: there is nothing.</returns>
        public HistoryBatch? Take()
        {
            var batch = new HistoryBatch
            {
                Part = (HistoryPart)announced.SyncType,
                Request = Request(announced),
                Messages = _messages,
                Chats = _chats,
                Names = _names,
            };
            var isEmpty = _messages.Count + _chats.Count + _names.Count == 0;
            (_messages, _chats, _names, _bytes) = ([], [], [], 0);
            return isEmpty ? null : batch;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.HistoryKeeperFailed,
            Level = LogLevel.Warning,
            Message = "A part of the history ({Part}) could not be loaded, and is tried again later. {Reason}"
        )]
        public static partial void Failed(ILogger logger, HistoryPart part, string reason);

        [LoggerMessage(
            EventId = EventIds.HistoryKeeperLost,
            Level = LogLevel.Error,
            Message = "A part of the history ({Part}) cannot be read, and is left out. {Reason}"
        )]
        public static partial void Lost(ILogger logger, HistoryPart part, string reason);

        [LoggerMessage(
            EventId = EventIds.HistoryKeeperTooMany,
            Level = LogLevel.Warning,
            Message = "A part of the history ({Part}) says {Count} times which addresses are one account; the first {Most} are learnt."
        )]
        public static partial void TooMany(ILogger logger, HistoryPart part, int count, int most);
    }
}
