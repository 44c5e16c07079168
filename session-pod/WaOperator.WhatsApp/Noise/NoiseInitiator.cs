using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Noise;

/// <summary>
/// The client's side of the handshake: <see cref="Hello"/>, then <see cref="AcceptServerHello"/>, then
/// <see cref="Finish"/>. Each returns the protobuf bytes of one frame.
/// </summary>
internal sealed class NoiseInitiator : IDisposable
{
    private readonly SymmetricState _state = new();
    private readonly KeyPair _ephemeral = KeyPair.Generate();
    private readonly KeyPair _static;
    private byte[]? _serverEphemeral;

    /// <summary>Starts a handshake.</summary>
    /// <param name="noiseKey">The device's static key: the server knows the device by it.</param>
    public NoiseInitiator(KeyPair noiseKey)
    {
        _static = noiseKey;
        _state.MixHash(NoiseProtocol.Header);
        _state.MixHash(_ephemeral.Public);
    }

    /// <summary>The ClientHello.</summary>
    public byte[] Hello() =>
        new HandshakeMessage
        {
            ClientHello = new() { Ephemeral = ByteString.CopyFrom(_ephemeral.Public) },
        }.ToByteArray();

    /// <summary>Reads the ServerHello.</summary>
    /// <returns>The server's static key and its certificate chain, still unverified: see <see cref="CertificateChain.Verify"/>.</returns>
    /// <exception cref="NoiseException">The message is malformed or does not decrypt.</exception>
    public (byte[] ServerKey, byte[] Certificates) AcceptServerHello(ReadOnlySpan<byte> frame)
    {
        var hello =
            HandshakeMessages.Parse(frame).ServerHello
            ?? throw new NoiseException("The server answered without a ServerHello.");
        _serverEphemeral = HandshakeMessages.Key(hello.Ephemeral, "ephemeral key");
        _state.MixHash(_serverEphemeral);
        _state.MixKey(_ephemeral, _serverEphemeral);
        var serverKey = _state.Decrypt(hello.Static.Span, "static key");
        _state.MixKey(_ephemeral, serverKey);
        return (serverKey, _state.Decrypt(hello.Payload.Span, "certificate chain"));
    }

    /// <summary>The ClientFinish with the client's payload, and the keys for all that follows.</summary>
    /// <exception cref="InvalidOperationException">There was no ServerHello yet.</exception>
    public (byte[] Frame, NoiseTransport Transport) Finish(ReadOnlySpan<byte> clientPayload)
    {
        if (_serverEphemeral is null)
            throw new InvalidOperationException(
                "The handshake cannot be finished before the ServerHello."
            );
        var encryptedStatic = _state.Encrypt(_static.Public);
        _state.MixKey(_static, _serverEphemeral);
        var frame = new HandshakeMessage
        {
            ClientFinish = new()
            {
                Static = ByteString.CopyFrom(encryptedStatic),
                Payload = ByteString.CopyFrom(_state.Encrypt(clientPayload)),
            },
        };
        var (first, second) = _state.Split();
        return (frame.ToByteArray(), new NoiseTransport(first, second));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ephemeral.Dispose();
        _state.Dispose();
    }
}
