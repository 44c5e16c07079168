using System.Buffers;
using System.Text;
using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Tests.Forwarding;

public sealed class EventBlocksTests
{
    private const string Stream =
        "retry: 2000\n\nid: 7\nevent: message\ndata: {\"a\":1}\n\n: still here\n\nid: 8\nevent: gap\ndata: {}\n\n";

    [Fact]
    public void However_it_is_cut_the_same_comes_out()
    {
        for (var cut = 1; cut < Stream.Length; cut++)
        {
            var (blocks, client) = (new EventBlocks(), new ArrayBufferWriter<byte>());
            foreach (var part in Encoding.UTF8.GetBytes(Stream).Chunk(cut))
                blocks.Add(part, client);

            Encoding.UTF8.GetString(client.WrittenSpan).ShouldBe(Stream);
            blocks.LastId.ShouldBe("8");
        }
    }

    [Fact]
    public void What_was_cut_off_is_not_shown_and_comes_from_the_next_owner()
    {
        var (blocks, client) = (new EventBlocks(), new ArrayBufferWriter<byte>());
        blocks.Add("retry: 2000\n\nid: 7\ndata: a\n\nid: 8\ndata: b"u8, client);
        blocks.LastId.ShouldBe("7");
        blocks.Continue();
        blocks.Add("retry: 2000\n\nid: 8\ndata: b\n\n"u8, client);

        Encoding
            .UTF8.GetString(client.WrittenSpan)
            .ShouldBe("retry: 2000\n\nid: 7\ndata: a\n\nid: 8\ndata: b\n\n");
        blocks.LastId.ShouldBe("8");
    }

    [Fact]
    public void A_move_is_not_for_the_client_and_an_end_is()
    {
        var (blocks, client) = (new EventBlocks(), new ArrayBufferWriter<byte>());
        blocks.Add("event: moved\ndata: {}\n\n"u8, client);
        client.WrittenCount.ShouldBe(0);
        blocks.Closed.ShouldBeFalse();
        blocks.Add("event: closed\ndata: {\"reason\":\"x\"}\n\n"u8, client);
        client.WrittenCount.ShouldBeGreaterThan(0);
        blocks.Closed.ShouldBeTrue();
    }

    [Fact]
    public void An_event_without_an_end_is_not_kept_for_ever()
    {
        var (blocks, client) = (new EventBlocks(), new ArrayBufferWriter<byte>());
        var part = new byte[1024 * 1024];
        Should.Throw<InvalidDataException>(() =>
        {
            for (var i = 0; i < 20; i++)
                blocks.Add(part, client);
        });
    }
}
