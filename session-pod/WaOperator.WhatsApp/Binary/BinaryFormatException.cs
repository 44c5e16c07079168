namespace WaOperator.WhatsApp.Binary;

/// <summary>Bytes are no valid binary node, or go beyond a limit of <see cref="BinaryDecoder"/>.</summary>
internal sealed class BinaryFormatException(string message, Exception? inner = null)
    : Exception(message, inner);
