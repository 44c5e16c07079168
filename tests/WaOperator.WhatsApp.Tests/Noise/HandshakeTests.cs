using System.Text;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;

namespace WaOperator.WhatsApp.Tests.Noise;

public sealed class HandshakeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Fact]
    public void Initiator_and_responder_agree()
    {
        using var root = KeyPair.Generate();
        using var server = KeyPair.Generate();
        using var device = KeyPair.Generate();
        var chain = CertificateIssuer.Issue(root, server.Public, Now.AddDays(-1), Now.AddDays(1));
        using var initiator = new NoiseInitiator(device);
        using var responder = new NoiseResponder(server, chain);

        var (serverKey, certificates) = initiator.AcceptServerHello(
            responder.AcceptHello(initiator.Hello())
        );
        CertificateChain.Verify(certificates, serverKey, root.Public, Now);
        var (finish, client) = initiator.Finish("payload"u8);
        var (clientKey, payload, peer) = responder.AcceptFinish(finish);

        clientKey.ShouldBe(device.Public);
        Encoding.UTF8.GetString(payload).ShouldBe("payload");
        for (var i = 0; i < 3; i++)
        {
            Pass(client, peer, $"up {i}");
            Pass(peer, client, $"down {i}");
        }
    }

    [Fact]
    public void Nothing_is_encrypted_when_the_keys_are_gone()
    {
        var transport = new NoiseTransport(new byte[32], new byte[32]);
        transport.Dispose();
        var frame = new byte[NoiseTransport.Overhead];
        Should.Throw<ObjectDisposedException>(() => transport.Encrypt([], frame));
        Should.Throw<ObjectDisposedException>(() => transport.Decrypt(frame));
        frame.ShouldAllBe(b => b == 0);
    }

    private static void Pass(NoiseTransport from, NoiseTransport to, string text)
    {
        var frame = new byte[text.Length + NoiseTransport.Overhead];
        Encoding.UTF8.GetBytes(text, frame);
        from.Encrypt(frame.AsSpan(0, text.Length), frame);
        Encoding.UTF8.GetString(to.Decrypt(frame)).ShouldBe(text);
    }
}
