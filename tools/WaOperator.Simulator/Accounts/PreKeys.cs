using System.Buffers.Binary;

namespace WaOperator.Simulator.Accounts;

/// <summary>A one-time prekey as it goes over the wire: id (24 bits) and public key (32 bytes).</summary>
internal readonly record struct PreKey(uint Id, ReadOnlyMemory<byte> Public);

/// <summary>A signed prekey: id (24 bits), public key (32 bytes), XEdDSA signature of the identity over <c>05 || key</c> (64 bytes).</summary>
internal sealed record SignedPreKey(uint Id, byte[] Public, byte[] Signature);

/// <summary>The one-time prekeys of a device, handed out first in, first out. Packed: 10,000 devices may hold 812 each.</summary>
internal sealed class PreKeyPool
{
    /// <summary>Bytes of one key in the packed form: id (4, big endian) and public key.</summary>
    public const int RecordSize = 36;

    private byte[] _packed = [];
    private int _head;

    /// <summary>How many keys are left.</summary>
    public int Count => (_packed.Length - _head) / RecordSize;

    /// <summary>Adds keys; a key whose id is still there replaces the old one.</summary>
    public void Add(IReadOnlyList<PreKey> keys)
    {
        var news = keys.Select(k => k.Id).ToHashSet();
        var kept = new List<PreKey>(Count + keys.Count);
        kept.AddRange(All().Where(old => !news.Contains(old.Id)));
        kept.AddRange(keys);
        var packed = new byte[kept.Count * RecordSize];
        for (var i = 0; i < kept.Count; i++)
        {
            var record = packed.AsSpan(i * RecordSize, RecordSize);
            BinaryPrimitives.WriteUInt32BigEndian(record, kept[i].Id);
            kept[i].Public.Span.CopyTo(record[4..]);
        }
        (_packed, _head) = (packed, 0);
    }

    /// <summary>All keys, oldest first.</summary>
    public IEnumerable<PreKey> All()
    {
        for (var at = _head; at < _packed.Length; at += RecordSize)
            yield return Read(at);
    }

    /// <summary>Takes the oldest key, or nothing.</summary>
    public PreKey? Take()
    {
        if (Count == 0)
            return null;
        var key = Read(_head);
        _head += RecordSize;
        return key;
    }

    /// <summary>The packed form, for storage.</summary>
    public ReadOnlyMemory<byte> Packed => _packed.AsMemory(_head);

    /// <summary>Reads the packed form back.</summary>
    public static PreKeyPool Unpack(byte[] packed) => new() { _packed = packed };

    private PreKey Read(int at) =>
        new(
            BinaryPrimitives.ReadUInt32BigEndian(_packed.AsSpan(at)),
            _packed.AsMemory(at + 4, RecordSize - 4)
        );
}
