using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>One change of the account's state, decrypted and verified.</summary>
/// <param name="Operation">Whether the value is in force or gone.</param>
/// <param name="Index">What it is about; empty: in a form that is not known here.</param>
/// <param name="Value">The action.</param>
internal sealed record Mutation(
    AppStateOperation Operation,
    IReadOnlyList<string> Index,
    SyncActionValue Value
);

/// <summary>What a patch or snapshot leads to.</summary>
/// <param name="State">The state afterwards.</param>
/// <param name="Changed">Value MACs by index (<see cref="AppStateReader.Name"/>) that are now in force; null: gone.</param>
/// <param name="Mutations">In the writer's order.</param>
/// <param name="UnknownRemovals">Removals of what was not there; they changed nothing.</param>
internal sealed record Applied(
    CollectionState State,
    IReadOnlyDictionary<string, byte[]?> Changed,
    IReadOnlyList<Mutation> Mutations,
    int UnknownRemovals
);
