namespace WaOperator.WhatsApp.Transport;

/// <summary>The bytes of a connection are no frames, or a frame is longer than allowed.</summary>
internal sealed class FrameException(string message) : Exception(message);
