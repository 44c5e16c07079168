namespace WaOperator.WhatsApp.History;

/// <summary>A part of the history that cannot be read. Says why, for people.</summary>
internal sealed class HistoryException(string message, Exception? inner = null)
    : Exception(message, inner);
