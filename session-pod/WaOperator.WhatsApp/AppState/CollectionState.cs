using System.Collections.Immutable;

namespace WaOperator.WhatsApp.AppState;

/// <summary>How far a collection has come.</summary>
/// <param name="Version">Counts its patches; 0: never synced.</param>
/// <param name="Hash">Of all value MACs in force (<see cref="LtHash"/>).</param>
internal sealed record CollectionState(ulong Version, ImmutableArray<byte> Hash)
{
    public static CollectionState Empty { get; } = new(0, [.. new byte[LtHash.Size]]);
}
