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
/// Takes the parts of the history that the phone has announced, one after the other and few at once in the whole process. After a file
/// that could not be had no other is loaded for a while: the way to them is the same, and other accounts wait. What is due survives the
/// connection; so does how far a part has come, and another connection, in another process too, continues there. It has a task only
/// while something is due.
/// </summary>
internal sealed partial class HistoryKeeper(
    IStanzaLink link,
    ILifetime life,
    Vault vault,
    HistoryBook book,
    LidMap lids,
    Func<MediaClient> media,
    HistoryPlaces places,
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

    /// <summary>Parts that could not be had, the last tried at the end: they are tried again behind those that were not yet. Null: none.</summary>
    private List<string>? _left;
    private bool _running;
    private bool _again;
    private volatile bool _pausing;
    private int _pauses;

    /// <summary>An announcement is durable.</summary>
    /// <param name="id">The message that brought it.</param>
    /// <param name="part">What it announces.</param>
    /// <param name="isDue">False: there was no room for it.</param>
    public ValueTask NotedAsync(string id, HistoryPart part, bool isDue)
    {
        if (!isDue)
        {
            Log.Lost(logger, part, HistoryWords.NoRoom);
            return default;
        }
        book.Put(id);
        Start();
        return ReceiptAsync(id);
    }

    /// <summary>What an earlier connection left is due.</summary>
    public async Task ResumeAsync()
    {
        var due = await book.DueAsync();
        foreach (var entry in due.Entries)
            await ReceiptAsync(entry.Id);
        if (due.Entries.Count > 0)
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
            while (Next(await book.DueAsync()) is { } next)
                await TakeAsync(next);
        }
    }

    /// <summary>What is taken next; null: nothing, for now.</summary>
    private HistoryEntry? Next(HistoryDue due)
    {
        var entries = due.Entries;
        foreach (var entry in entries)
        {
            if ((entry.IsInline || !_pausing) && _left?.Contains(entry.Id) != true)
                return entry;
        }
        return _pausing || entries.Count == 0
            ? null
            : entries.MinBy(entry => _left!.IndexOf(entry.Id));
    }

    /// <summary>What could not be had is tried again, also on this connection, which may last for weeks.</summary>
    private async Task PauseAsync()
    {
        var pause = Pause * Math.Pow(2, Math.Min(_pauses++, 8));
        await Task.Delay(pause < LongestPause ? pause : LongestPause, time, life.Ended);
        _pausing = false;
        Start();
    }

    private async Task TakeAsync(HistoryEntry entry)
    {
        // Before the announcement is read: it may hold the part itself, and thousands of accounts may wait here.
        var first = entry.IsInline ? places.Giving : places.Loading;
        await first.WaitAsync(life.Ended);
        var held = first;
        try
        {
            if (await book.NoteAsync(entry.Id) is { } announced)
                await TakeAsync(entry.Id, announced, GivingAsync);
            else
                await LoseAsync(entry);
        }
        finally
        {
            held.Release();
        }

        async Task GivingAsync()
        {
            if (held == places.Giving)
                return;
            await places.Giving.WaitAsync(life.Ended);
            held.Release();
            held = places.Giving;
        }
    }

    /// <summary>What is stored of the announcement is damaged.</summary>
    private Task LoseAsync(HistoryEntry entry)
    {
        const string reason = "What was stored of its announcement is damaged.";
        Log.Lost(logger, entry.Part, reason);
        return book.FinishAsync(entry.Id, null, HistoryWords.Lost(entry.Part, reason));
    }

    private async Task TakeAsync(
        string id,
        HistorySyncNotification announced,
        Func<Task> givingAsync
    )
    {
        var gathered = new Gathered(announced);
        string? error = null;
        try
        {
            await using var file = await HistoryFiles.LoadAsync(media, announced, time, life.Ended);
            await givingAsync();
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
            _left?.Remove(id);
            (_left ??= []).Add(id);
            if (!_pausing)
            {
                _pausing = true;
                life.Run(PauseAsync);
            }
            return;
        }
        _left?.Remove(id);
        // What needed no file says nothing of the way to those.
        if (announced.InitialHistBootstrapInlinePayload.IsEmpty)
            _pauses = 0;
        await book.FinishAsync(
            id,
            gathered.Take(),
            HistoryWords.Told(announced, gathered.Counts, error)
        );
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
        var taken = (await book.DueAsync()).Entries.FirstOrDefault(e => e.Id == id).Taken;
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

    /// <summary>A batch that is being filled.</summary>
    private sealed class Gathered(HistorySyncNotification announced)
    {
        private List<HistoryMessage> _messages = [];
        private List<HistoryChat> _chats = [];
        private List<HistoryName> _names = [];
        private long _bytes;

        public HistoryCounts Counts { get; } = new();

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
                Request = HistoryWords.Request(announced),
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
