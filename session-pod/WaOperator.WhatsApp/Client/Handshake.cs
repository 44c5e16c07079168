using System.Buffers;
using Google.Protobuf;
using WaOperator.WhatsApp.Login;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Client;

/// <summary>Shakes hands over a new connection and says to the server who we are.</summary>
internal sealed class Handshake(
    IWire wire,
    FrameReader reader,
    IActGate gate,
    WhatsAppOptions options,
    TimeProvider time
)
{
    private const int ReceiveSize = 4096;

    /// <exception cref="NoiseException">The server's part is malformed, or its certificates are not trusted.</exception>
    /// <exception cref="IOException">The connection broke, or the server closed it.</exception>
    public async Task<NoiseTransport> RunAsync(
        DeviceCredentials credentials,
        DeviceOptions device,
        CancellationToken ct
    )
    {
        using var noise = new NoiseInitiator(credentials.NoiseKey);
        await SendAsync(Prologue(credentials.RoutingInfo), noise.Hello(), ct);
        var answer = await ReceiveAsync(ct);
        var (serverKey, chain) = noise.AcceptServerHello(answer.Span);
        CertificateChain.Verify(chain, serverKey, options.RootKey, time.GetUtcNow());
        var payload = Payloads.For(credentials, device, options.ClientVersion);
        var (finish, transport) = noise.Finish(payload.ToByteArray());
        try
        {
            await SendAsync([], finish, ct);
            return transport;
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    /// <summary>The header, after the routing information that the server gave us once.</summary>
    private static byte[] Prologue(byte[]? routing) =>
        routing is null
            ? NoiseProtocol.Header.ToArray()
            :
            [
                .. "ED"u8,
                0,
                1,
                (byte)(routing.Length >> 16),
                (byte)(routing.Length >> 8),
                (byte)routing.Length,
                .. routing,
                .. NoiseProtocol.Header,
            ];

    private async Task SendAsync(byte[] prologue, byte[] message, CancellationToken ct)
    {
        using var output = new PooledWriter();
        output.Write(prologue);
        FrameWriter.Write(output, message);
        while (!gate.MayAct)
            await gate.WaitUntilOpenAsync(ct);
        await wire.SendAsync(output.Written, ct);
    }

    private async Task<Memory<byte>> ReceiveAsync(CancellationToken ct)
    {
        var buffer = new byte[ReceiveSize];
        Memory<byte> frame;
        while (!reader.TryRead(out frame))
        {
            var count = await wire.ReceiveAsync(buffer, ct);
            if (count == 0)
                throw new IOException("the server closed it during the handshake.");
            reader.Append(buffer.AsSpan(0, count));
        }
        return frame;
    }
}
