namespace WaOperator.WhatsApp.AppState;

/// <summary>What a mutation does with its index; the numbers are those that the value MAC covers, not the wire's.</summary>
internal enum AppStateOperation : byte
{
    Set = 1,
    Remove = 2,
}
