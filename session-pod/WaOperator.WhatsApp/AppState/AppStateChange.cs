using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>One change that is to be written.</summary>
/// <param name="Operation">Sets or removes.</param>
/// <param name="Index">What it is about.</param>
/// <param name="Value">The action, with its time.</param>
/// <param name="ActionVersion">The version of the action's form, as phones write it.</param>
internal sealed record AppStateChange(
    AppStateOperation Operation,
    IReadOnlyList<string> Index,
    SyncActionValue Value,
    int ActionVersion
);
