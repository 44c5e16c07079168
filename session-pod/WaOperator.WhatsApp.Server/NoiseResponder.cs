using Google.Protobuf;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Server;

/// <summary>The server's side of the handshake: <see cref="AcceptHello"/>, then <see cref="AcceptFinish"/>.</summary>
internal sealed class NoiseResponder : IDisposable
{
    private readonly SymmetricState _state = new();
    private readonly KeyPair _ephemeral = KeyPair.Generate();
    private readonly KeyPair _static;
    private readonly byte[] _certificates;

    /// <summary>Waits for a client.</summary>
    /// <param name="serverKey">The server's static key.</param>
    /// <param name="certificates">Its chain, see <see cref="CertificateIssuer"/>.</param>
    public NoiseResponder(KeyPair serverKey, byte[] certificates)
    {
        _static = serverKey;
        _certificates = certificates;
        _state.MixHash(NoiseProtocol.Header);
    }

    /// <summary>Reads the ClientHello and returns the bytes of the ServerHello's frame.</summary>
    /// <exception cref="NoiseException">The message is malformed.</exception>
    public byte[] AcceptHello(ReadOnlySpan<byte> frame)
    {
        var hello =
            HandshakeMessages.Parse(frame).ClientHello
            ?? throw new NoiseException("The client began without a ClientHello.");
        var clientEphemeral = HandshakeMessages.Key(hello.Ephemeral, "ephemeral key");
        _state.MixHash(clientEphemeral);
        _state.MixHash(_ephemeral.Public);
        _state.MixKey(_ephemeral, clientEphemeral);
        var encryptedStatic = _state.Encrypt(_static.Public);
        _state.MixKey(_static, clientEphemeral);
        return new HandshakeMessage
        {
            ServerHello = new()
            {
                Ephemeral = ByteString.CopyFrom(_ephemeral.Public),
                Static = ByteString.CopyFrom(encryptedStatic),
                Payload = ByteString.CopyFrom(_state.Encrypt(_certificates)),
            },
        }.ToByteArray();
    }

    /// <summary>Reads the ClientFinish.</summary>
    /// <returns>The client's static key (32 bytes), its <see cref="ClientPayload"/> as bytes, and the keys for all that follows.</returns>
    /// <exception cref="NoiseException">The message is malformed or does not decrypt.</exception>
    public (byte[] ClientKey, byte[] Payload, NoiseTransport Transport) AcceptFinish(
        ReadOnlySpan<byte> frame
    )
    {
        var finish =
            HandshakeMessages.Parse(frame).ClientFinish
            ?? throw new NoiseException("The client went on without a ClientFinish.");
        var clientKey = _state.Decrypt(finish.Static.Span, "static key");
        _state.MixKey(_ephemeral, clientKey);
        var payload = _state.Decrypt(finish.Payload.Span, "payload");
        var (first, second) = _state.Split();
        return (clientKey, payload, new NoiseTransport(second, first));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ephemeral.Dispose();
        _state.Dispose();
    }
}
