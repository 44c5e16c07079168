using System.Text;
using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Storage;

/// <summary>
/// What waits in the mailboxes, as a file to which each arrival and each confirmation is appended before anybody is told of it.
/// It is written to the operating system, not synchronised to the disk: a simulator that is killed loses nothing that it has
/// acknowledged, a machine that loses its power may.
/// </summary>
internal sealed class MailboxLog : IMailboxLog, IDisposable
{
    private const byte Added = 1;
    private const byte Gone = 2;

    /// <summary>Dead bytes from which the file is written again without them.</summary>
    private const long MostDead = 32 * 1024 * 1024;
    private const int HeaderSize = 4;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Dictionary<long, (long At, int Length)> _live = [];
    private FileStream _file;
    private long _liveBytes;
    private long _seq;

    private MailboxLog(string path)
    {
        _path = path;
        _file = Open(path);
    }

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="found">Is told what waits, in the order it came: the device's key and the stanza.</param>
    public static MailboxLog Load(string path, Action<string, Pending> found)
    {
        var log = new MailboxLog(path);
        foreach (var (device, pending) in log.Replay())
            found(device, pending);
        return log;
    }

    /// <inheritdoc/>
    public long Add(string device, Pending pending)
    {
        var stanza = BinaryEncoder.Encode(pending.Stanza);
        lock (_gate)
        {
            var seq = ++_seq;
            Append(
                seq,
                Record(
                    Added,
                    seq,
                    writer =>
                    {
                        writer.Write(device);
                        writer.Write(pending.Class);
                        writer.Write(pending.Id);
                        writer.Write(pending.From);
                        writer.Write(stanza.Length);
                        writer.Write(stanza);
                    }
                )
            );
            return seq;
        }
    }

    /// <inheritdoc/>
    public void Remove(long seq)
    {
        lock (_gate)
        {
            if (!_live.Remove(seq, out var was))
                return;
            _liveBytes -= was.Length;
            _file.Write(Record(Gone, seq, static _ => { }));
            if (_file.Length - _liveBytes > MostDead)
                Compact();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Read,
                // Each write goes to the operating system at once.
                BufferSize = 0,
            }
        );

    private static byte[] Record(byte kind, long seq, Action<BinaryWriter> content)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(0);
        writer.Write(kind);
        writer.Write(seq);
        content(writer);
        writer.Flush();
        var record = memory.ToArray();
        BitConverter.TryWriteBytes(record, record.Length - HeaderSize);
        return record;
    }

    /// <summary>Guard: the gate.</summary>
    private void Append(long seq, byte[] record)
    {
        _live[seq] = (_file.Position, record.Length);
        _liveBytes += record.Length;
        _file.Write(record);
    }

    private List<(string Device, Pending Pending)> Replay()
    {
        var waiting = new SortedDictionary<long, (string Device, Pending Pending)>();
        long end = 0;
        using var reader = new BinaryReader(_file, Encoding.UTF8, leaveOpen: true);
        // A record that is cut off at the end was being written when the simulator was killed: no one was told of it.
        while (_file.Length - end >= HeaderSize)
        {
            var length = reader.ReadInt32();
            if (length < 0 || _file.Length - end - HeaderSize < length)
                break;
            var kind = reader.ReadByte();
            var seq = reader.ReadInt64();
            _seq = Math.Max(_seq, seq);
            if (kind == Added)
            {
                var device = reader.ReadString();
                var (@class, id, from) = (
                    reader.ReadString(),
                    reader.ReadString(),
                    reader.ReadString()
                );
                var stanza = BinaryDecoder.Decode(reader.ReadBytes(reader.ReadInt32()));
                waiting[seq] = (device, new(@class, id, from, stanza) { Seq = seq });
                _live[seq] = (end, length + HeaderSize);
                _liveBytes += length + HeaderSize;
            }
            else if (_live.Remove(seq, out var was))
            {
                waiting.Remove(seq);
                _liveBytes -= was.Length;
            }
            end += HeaderSize + length;
        }
        _file.SetLength(end);
        _file.Position = end;
        return [.. waiting.Values];
    }

    /// <summary>Guard: the gate.</summary>
    private void Compact()
    {
        var temporary = _path + ".tmp";
        File.Delete(temporary);
        var file = Open(temporary);
        foreach (var (seq, (at, length)) in _live.OrderBy(r => r.Key).ToList())
        {
            var record = new byte[length];
            _file.Position = at;
            _file.ReadExactly(record);
            _live[seq] = (file.Position, length);
            file.Write(record);
        }
        _file.Dispose();
        File.Move(temporary, _path, overwrite: true);
        _file = file;
    }
}
