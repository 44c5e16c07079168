using System.IO.Compression;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using SyncType = WaOperator.WhatsApp.Proto.HistorySyncNotification.Types.SyncType;

namespace WaOperator.Simulator.PhoneState;

/// <summary>
/// Phones that give their past to companions which are linked from then on: the newest messages of each chat first, then chosen names,
/// then the recent messages in chunks, and all the rest to who asked for it at registration. Later logins get nothing, unless they ask.
/// A phone has none unless the control API gave it one; it is not stored.
/// </summary>
internal sealed class PhoneHistories(WhatsAppServer server)
{
    private const int ChatsPerChunk = 10;
    private const int MostOnDemand = 50;
    private const uint OnDemand = 3;
    private const uint All = 100;

    private readonly PhonePeer _peer = new(server);

    /// <summary>A companion is there: if it is new it gets the past, once.</summary>
    public void Greet(Device device)
    {
        if (device.Phone.Past is not { } past || server.States.Find(device.Phone) is not { } state)
            return;
        lock (state.Gate)
        {
            if (!past.Given.Add(device.Key) || !device.AsksForHistory)
                return;
            var first = Part(past, 0, PhonePast.MostInBootstrap);
            Tell(state, past, device, SyncType.InitialBootstrap, 1, All, first, "");
            var names = new HistorySync();
            names.Pushnames.AddRange(past.Names);
            Tell(state, past, device, SyncType.PushName, 1, All, names, "");
            var seen = past.Overlaps ? 0 : PhonePast.MostInBootstrap;
            Chunks(state, past, device, SyncType.Recent, _ => seen, Half);
            if (device.AsksForFullHistory)
                Chunks(state, past, device, SyncType.Full, Half, count => count);
        }
        server.States.Persist(device.Phone);
    }

    /// <summary>A companion asks for more.</summary>
    /// <returns>False: that is no such request.</returns>
    public bool Asked(AccountState state, Device device, string id, ProtocolMessage said)
    {
        if (
            said.PeerDataOperationRequestMessage
                is not {
                    PeerDataOperationRequestType: OnDemand,
                    HistorySyncOnDemandRequest: { } asked
                }
            || device.Phone.Past is not { } past
        )
            return false;
        if (asked.OnDemandMsgCount is < 1 or > MostOnDemand || asked.OldestMsgTimestampMs <= 0)
        {
            server.Ledger.Note(
                "badHistoryRequest",
                device.Jid.ToString(),
                $"{asked.OnDemandMsgCount} messages before {asked.OldestMsgTimestampMs}"
            );
            return true;
        }
        past.Requests++;
        var answer = new HistorySync();
        if (past.Chats.FirstOrDefault(c => c.Id == asked.ChatJid) is { } chat)
        {
            var oldest = chat
                .Messages.ToList()
                .FindIndex(m =>
                    m.Message.Key.Id == asked.OldestMsgId
                    && m.Message.Key.FromMe == asked.OldestMsgFromMe
                );
            if (oldest >= 0)
                answer.Conversations.Add(Some(chat, oldest + 1, asked.OnDemandMsgCount));
        }
        Tell(state, past, device, SyncType.OnDemand, 1, All, answer, id);
        return true;
    }

    /// <summary>A companion's receipt.</summary>
    public void Received(Device device, string type, string id)
    {
        if (device.Phone.Past is not { } past || device.Phone.State is not { } state)
            return;
        lock (state.Gate)
        {
            if (past.Announcements.Find(a => a.Id == id && a.Device == device.Id) is { } announced)
                announced.Receipts.Add(type);
            else if (type == "hist_sync")
                past.StrayReceipts++;
        }
    }

    private static int Half(int count) => Math.Max(PhonePast.MostInBootstrap, count / 2);

    private void Chunks(
        AccountState state,
        PhonePast past,
        Device device,
        SyncType type,
        Func<int, int> from,
        Func<int, int> until
    )
    {
        var chunks = past.Chats.Chunk(ChatsPerChunk).ToList();
        for (var i = 0; i < chunks.Count; i++)
        {
            var sync = new HistorySync();
            foreach (var chat in chunks[i])
            {
                var first = from(chat.Messages.Count);
                sync.Conversations.Add(
                    Some(chat, first, Math.Max(0, until(chat.Messages.Count) - first))
                );
            }
            var progress = (uint)((i + 1) * (int)All / chunks.Count);
            Tell(state, past, device, type, (uint)i + 1, progress, sync, "");
        }
    }

    private static HistorySync Part(PhonePast past, int from, int count)
    {
        var sync = new HistorySync();
        foreach (var chat in past.Chats)
            sync.Conversations.Add(Some(chat, from, count));
        sync.PhoneNumberToLidMappings.Add(past.Addresses);
        return sync;
    }

    private static Conversation Some(Conversation chat, int from, int count)
    {
        var some = chat.Clone();
        some.Messages.Clear();
        some.Messages.AddRange(chat.Messages.Skip(from).Take(count));
        return some;
    }

    /// <summary>Guard: the gate of the account's state.</summary>
    private void Tell(
        AccountState state,
        PhonePast past,
        Device device,
        SyncType type,
        uint chunk,
        uint progress,
        HistorySync sync,
        string request
    )
    {
        (sync.SyncType, sync.ChunkOrder, sync.Progress) = ((uint)type, chunk, progress);
        var deflated = Deflate(sync.ToByteArray());
        var inline = past.Inline && type == SyncType.InitialBootstrap;
        var announced = new HistorySyncNotification
        {
            SyncType = type,
            ChunkOrder = chunk,
            Progress = progress,
        };
        if (request.Length > 0)
            announced.PeerDataRequestSessionId = request;
        if (inline)
        {
            announced.InitialHistBootstrapInlinePayload = ByteString.CopyFrom(deflated);
        }
        else
        {
            var file = server.States.Blobs.Put(deflated, MediaKind.History);
            announced.MediaKey = file.MediaKey;
            announced.DirectPath = file.DirectPath;
            announced.FileLength = file.FileSizeBytes;
            announced.FileSha256 = file.FileSha256;
            announced.FileEncSha256 = file.FileEncSha256;
        }
        var message = new Message
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.HistorySyncNotification,
                HistorySyncNotification = announced,
            },
        };
        _peer.Tell(
            state,
            device,
            message,
            id =>
                past.Announcements.Add(
                    new()
                    {
                        Device = device.Id,
                        Id = id,
                        Part = type,
                        Chunk = chunk,
                        Progress = progress,
                        Inline = inline,
                        Request = request,
                        Chats = sync.Conversations.Count,
                        Messages = sync.Conversations.Sum(c => c.Messages.Count),
                        Names = sync.Pushnames.Count,
                    }
                )
        );
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return deflated.ToArray();
    }
}
