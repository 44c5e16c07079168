using System.Diagnostics.CodeAnalysis;

namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// What the mutations of one patch do to the value MACs in force, and so to the state hash. Only the indexes that the
/// patch names are looked at: <paramref name="stored"/> need hold no others.
/// </summary>
internal sealed class ValueMacs(IReadOnlyDictionary<string, byte[]> stored)
{
    /// <summary>By index MAC; null is an index that the patch removes.</summary>
    private readonly Dictionary<string, byte[]?> _changed = [];

    public IReadOnlyDictionary<string, byte[]?> Changed => _changed;

    /// <summary>Removals of indexes that were not there: they change nothing.</summary>
    public int UnknownRemovals { get; private set; }

    public void Set(Span<byte> hash, string index, byte[] valueMac)
    {
        if (TryGet(index, out var replaced))
            LtHash.Subtract(hash, replaced);
        LtHash.Add(hash, valueMac);
        _changed[index] = valueMac;
    }

    public void Remove(Span<byte> hash, string index)
    {
        if (!TryGet(index, out var removed))
        {
            UnknownRemovals++;
            return;
        }
        LtHash.Subtract(hash, removed);
        _changed[index] = null;
    }

    // What the patch itself did to an index earlier counts before what is stored.
    private bool TryGet(string index, [NotNullWhen(true)] out byte[]? valueMac) =>
        _changed.TryGetValue(index, out valueMac)
            ? valueMac is not null
            : stored.TryGetValue(index, out valueMac);
}
