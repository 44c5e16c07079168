using System.IO.Compression;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

/// <summary>Whatever a server sends ends the one connection, with words, and nothing else.</summary>
public sealed class HostileServerTests
{
    [Theory]
    [InlineData("00F0", "no list")]
    [InlineData("00F80219FEFFFFFFFF41", "ends too early")]
    [InlineData("02789C0102030405", "damaged")]
    [InlineData("", "empty")]
    public async Task Plaintext_that_is_no_stanza(string hex, string word)
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.SendPlaintextAsync(Convert.FromHexString(hex));
        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.ProtocolError);
        end.Message.ShouldContain(word);
    }

    [Theory]
    [InlineData("FFFFFF", "16777215 bytes")]
    [InlineData("000000", "shorter than its authentication tag")]
    [InlineData("000011AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "does not decrypt")]
    public async Task Bytes_that_are_no_frame(string hex, string word)
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.SendBytesAsync(Convert.FromHexString(hex));
        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.ProtocolError);
        end.Message.ShouldContain(word);
    }

    [Fact]
    public async Task A_frame_cut_short_by_the_end()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.SendBytesAsync(new byte[] { 0, 1, 0, 1, 2, 3 });
        await rig.Link.CloseAsync();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.StreamEnd);
    }

    [Fact]
    public async Task A_zip_bomb()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        using var bomb = new MemoryStream();
        bomb.WriteByte(2);
        await using (var zlib = new ZLibStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
            await zlib.WriteAsync(new byte[32 * 1024 * 1024]);
        await rig.Link.SendPlaintextAsync(bomb.ToArray());
        var end = await rig.EndAsync();
        (end.Kind, end.Message.Contains("inflated", StringComparison.Ordinal)).ShouldBe(
            (DisconnectKind.ProtocolError, true)
        );
    }

    [Fact]
    public async Task A_server_hello_that_is_garbage()
    {
        await using var rig = new Rig();
        rig.Server.Mangle = _ => [1, 2, 3];
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.ProtocolError);
    }

    [Fact]
    public async Task A_server_hello_that_was_changed_on_the_way()
    {
        await using var rig = new Rig();
        rig.Server.Mangle = bytes =>
        {
            bytes[^1] ^= 1;
            return bytes;
        };
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.ProtocolError);
    }

    [Fact]
    public async Task A_certificate_of_another_root()
    {
        await using var rig = new Rig();
        using var other = KeyPair.Generate();
        var now = rig.Time.GetUtcNow();
        rig.Server.Certificates = CertificateIssuer.Issue(
            other,
            rig.Server.Key.Public,
            now.AddDays(-1),
            now.AddDays(1)
        );
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.CertificateRejected);
        // The client has said nothing of itself by then.
        rig.Server.Links.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stanzas_whose_attributes_are_missing_or_of_another_kind_are_survived()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        BinaryNode[] odd =
        [
            new("iq"),
            new("iq") { ["type"] = "result" },
            new("iq") { ["type"] = "get", ["id"] = "a@s.whatsapp.net" },
            new("iq")
            {
                ["type"] = "set",
                ["id"] = "x",
                Children = [new("pair-device")],
            },
            new("ack") { Text = "w:p" },
            new("receipt"),
            new("notification")
            {
                ["type"] = "encrypt",
                Children = [new("count") { ["value"] = "many" }],
            },
            new("notification")
            {
                ["type"] = "encrypt",
                Children = [new("count") { ["value"] = "99999999999999" }],
            },
            new("ib"),
            new("ib") { Text = "offline" },
            new("ib")
            {
                Children = [new("edge_routing"), new("offline") { ["count"] = "-1" }, new("dirty")],
            },
            new("message") { Bytes = [1, 2, 3] },
            new("call") { ["id"] = "1" },
            new("never-heard-of"),
        ];
        foreach (var node in odd)
            await rig.Link.SendAsync(node);
        await rig.Link.SendAsync(
            new BinaryNode("iq")
            {
                ["type"] = "get",
                ["id"] = "last",
                ["xmlns"] = "urn:xmpp:ping",
            }
        );
        await rig.ReceivedAsync("the answer to the last stanza", node => node["id"] == "last");
        rig.HasEnded.ShouldBeFalse();
    }

    [Theory]
    [InlineData("success", "that was not under way")]
    [InlineData("pair-success", "a device that is paired")]
    public async Task Steps_out_of_order_end_the_connection(string step, string word)
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.SendAsync(
            step == "success"
                ? new BinaryNode("success")
                : new BinaryNode("iq") { ["type"] = "set", Children = [new BinaryNode(step)] }
        );
        var end = await rig.EndAsync();
        end.Kind.ShouldBe(DisconnectKind.ProtocolError);
        end.Message.ShouldContain(word);
    }

    [Fact]
    public async Task An_offer_of_codes_that_has_none()
    {
        await using var rig = new Rig(new MemoryStore());
        rig.Server.Greet = link =>
            link.SendAsync(
                new BinaryNode("iq")
                {
                    ["type"] = "set",
                    ["id"] = "1",
                    Children = [new BinaryNode("pair-device")],
                }
            );
        rig.Start();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.ProtocolError);
    }

    [Fact]
    public async Task Damaged_streams_end_one_connection_and_the_next_one_works()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var rig = new Rig();
        for (var i = 0; i < 50; i++)
        {
            rig.Server.Greet = async link =>
            {
                var plaintext = BinaryEncoder.Encode(
                    new BinaryNode("success")
                    {
                        ["lid"] = "1:2@lid",
                        Children = [new("x"), new("y")],
                    }
                );
                plaintext[random.Next(plaintext.Length)] ^= (byte)random.Next(1, 256);
                await link.SendPlaintextAsync(plaintext);
                await link.CloseAsync();
            };
            rig.Start();
            (await rig.EndAsync()).Kind.ShouldBeOneOf(
                [DisconnectKind.ProtocolError, DisconnectKind.StreamEnd],
                $"seed {seed}, connection {i}"
            );
        }
        rig.Server.Greet = Greetings.LoginAsync;
        rig.Events.Clear();
        await rig.StartConnectedAsync();
    }
}
