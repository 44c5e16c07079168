namespace WaOperator.WhatsApp.Noise;

/// <summary>The peer's part of the handshake is malformed, or bytes do not decrypt: not the peer it should be, or tampered with.</summary>
internal class NoiseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The server's certificate chain is not signed by the configured root, is not for this server, or is out of its dates.</summary>
internal sealed class CertificateRejectedException(string message) : NoiseException(message);
