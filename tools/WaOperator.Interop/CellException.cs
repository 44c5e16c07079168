namespace WaOperator.Interop;

/// <summary>A cell does not hold: what was expected and what was seen.</summary>
public sealed class CellException(string message) : Exception(message);
