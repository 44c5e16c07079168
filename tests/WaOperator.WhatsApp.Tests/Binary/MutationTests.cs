using System.Diagnostics;
using Google.Protobuf;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Binary;

/// <summary>Damaged bytes give a result or the one exception that says so: no other exception, no crash, no blow-up.</summary>
public sealed class MutationTests
{
    private const int Inputs = 10_000;
    private const long MemoryPerInput = 32 * 1024 * 1024;

    [Fact]
    public void Nodes()
    {
        List<byte[]> corpus =
        [
            .. Vector
                .Read("nodes.json")
                .Where(vector => vector.TryGetProperty("wire", out _))
                .Select(vector => vector.Bytes("wire")),
        ];
        Mutate(corpus, bytes => BinaryDecoder.Decode(bytes), e => e is BinaryFormatException);
    }

    [Fact]
    public void Frames()
    {
        byte[] stream =
        [
            .. "ED"u8,
            0,
            1,
            0,
            0,
            2,
            1,
            2,
            .. NoiseProtocol.Header,
            0,
            0,
            3,
            1,
            2,
            3,
            0,
            1,
            0,
            .. new byte[256],
        ];
        Mutate(
            [stream],
            bytes =>
            {
                using var reader = new ServerFrameReader(1024);
                for (var i = 0; i < bytes.Length; i += 7)
                {
                    reader.Append(bytes.AsSpan(i, Math.Min(7, bytes.Length - i)));
                    while (reader.TryRead(out _)) { }
                }
            },
            e => e is FrameException
        );
    }

    [Fact]
    public void Server_hellos()
    {
        using var server = KeyPair.Generate();
        using var device = KeyPair.Generate();
        using var initiator = new NoiseInitiator(device);
        using var responder = new NoiseResponder(server, new byte[200]);
        var hello = responder.AcceptHello(initiator.Hello());
        Mutate(
            [hello],
            bytes =>
            {
                using var fresh = new NoiseInitiator(device);
                fresh.AcceptServerHello(bytes);
            },
            e => e is NoiseException
        );
    }

    [Fact]
    public void Certificate_chains()
    {
        using var root = KeyPair.Generate();
        using var server = KeyPair.Generate();
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var chain = CertificateIssuer.Issue(root, server.Public, now.AddDays(-1), now.AddDays(1));
        var accepted = Mutate(
            [chain],
            bytes => CertificateChain.Verify(bytes, server.Public, root.Public, now),
            e => e is CertificateRejectedException
        );
        // Only what a reader of protobuf ignores may be changed: an unknown field, or a field that is said twice.
        foreach (var bytes in accepted)
        {
            var parsed = WhatsApp.Proto.CertChain.Parser.ParseFrom(bytes);
            var genuine = WhatsApp.Proto.CertChain.Parser.ParseFrom(chain);
            parsed.Leaf.Details.ShouldBe(genuine.Leaf.Details);
            parsed.Intermediate.Details.ShouldBe(genuine.Intermediate.Details);
        }
    }

    [Fact]
    public void Words_of_a_phone()
    {
        var credentials = DeviceCredentials.Create();
        var word = new FakePhone("491").Word(credentials.IdentityKey.Public, credentials.AdvSecret);
        var accepted = Mutate(
            [word.ToByteArray()],
            bytes => Adv.Accept(bytes, credentials),
            e => e is AdvRejectedException
        );
        foreach (var bytes in accepted)
            WhatsApp
                .Proto.ADVSignedDeviceIdentityHMAC.Parser.ParseFrom(bytes)
                .Details.ShouldBe(word.Details);
    }

    [Fact]
    public void Stored_credentials()
    {
        var json = CredentialsJson.Write(MemoryStore.Paired().Credentials!);
        Mutate([json], bytes => CredentialsJson.Read(bytes), e => e is InvalidDataException);
    }

    /// <returns>The changed inputs that were accepted.</returns>
    private static List<byte[]> Mutate(
        IReadOnlyList<byte[]> corpus,
        Action<byte[]> parse,
        Func<Exception, bool> isExpected
    )
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var accepted = new List<byte[]>();
        for (var i = 0; i < Inputs; i++)
        {
            var input = Change(random, corpus[random.Next(corpus.Count)]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse(input);
                accepted.Add(input);
            }
            catch (Exception e) when (isExpected(e)) { }
            catch (Exception e)
            {
                throw new UnreachableException(
                    $"seed {seed}, input {i}: {Convert.ToHexString(input)}",
                    e
                );
            }
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(
                MemoryPerInput,
                $"seed {seed}, input {i}"
            );
        }
        return accepted;
    }

    private static byte[] Change(Random random, byte[] original)
    {
        var bytes = new List<byte>(original);
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(
                        at,
                        (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(236, 256))
                    );
                    break;
                case 3 when bytes.Count > 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                default:
                    var start = random.Next(bytes.Count + 1);
                    var count = Math.Min(random.Next(1, 33), bytes.Count - start);
                    bytes.InsertRange(at, bytes.GetRange(start, count));
                    break;
            }
        }
        return [.. bytes];
    }
}
