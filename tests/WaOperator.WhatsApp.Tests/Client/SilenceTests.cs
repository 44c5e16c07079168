using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class SilenceTests
{
    private static BinaryNode Receipt(int number) =>
        new("receipt") { ["from"] = "4917@s.whatsapp.net", ["id"] = $"r{number}" };

    [Fact]
    public async Task Behind_a_closed_gate_only_keepalive_goes_out_and_what_came_is_handled_afterwards()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.SettledAsync();
        rig.Gate.Close();
        var before = rig.Link.Acts.Count();
        for (var i = 0; i < 100; i++)
            await rig.Link.SendAsync(Receipt(i));

        // Keepalive and its answers continue, and prove that the client has read what came before.
        for (var i = 1; i <= 3; i++)
            await KeepAliveAsync(rig, i);
        rig.Link.Acts.Count().ShouldBe(before);
        rig.HasEnded.ShouldBeFalse();

        rig.Gate.Open();
        await rig.ReceivedAsync(
            "the last acknowledgement",
            node => node.Tag == "ack" && node["id"] == "r99"
        );
        rig.Link.Received.Where(node => node.Tag == "ack")
            .Select(ack => ack["id"])
            .ShouldBe(Enumerable.Range(0, 100).Select(i => $"r{i}"));
    }

    [Fact]
    public async Task More_than_is_held_ends_the_connection_without_a_reply()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.SettledAsync();
        rig.Gate.Close();
        var before = rig.Link.Acts.Count();
        for (var i = 0; i < 260; i++)
            await rig.Link.SendAsync(Receipt(i));
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.HeldTooMuch);
        rig.Link.Acts.Count().ShouldBe(before);
    }

    [Fact]
    public async Task More_bytes_than_are_held_end_the_connection()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.SettledAsync();
        rig.Gate.Close();
        for (var i = 0; i < 3; i++)
            await rig.Link.SendAsync(new BinaryNode("message") { Bytes = new byte[400_000] });
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.HeldTooMuch);
    }

    [Fact]
    public async Task Whoever_is_replaced_while_silent_learns_it()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.SettledAsync();
        rig.Gate.Close();
        await rig.Link.SendAsync(Receipt(1));
        await rig.Link.SendAsync(
            new BinaryNode("stream:error")
            {
                Children = [new BinaryNode("conflict") { ["type"] = "replaced" }],
            }
        );
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.Replaced);
        rig.Link.Received.ShouldNotContain(node => node.Tag == "ack");
    }

    [Fact]
    public async Task Nothing_is_dialled_behind_a_closed_gate()
    {
        await using var rig = new Rig();
        rig.Gate.Close();
        rig.Start();
        rig.Time.Advance(TimeSpan.FromMinutes(5));
        rig.Server.Links.ShouldBeEmpty();
        rig.HasEnded.ShouldBeFalse();
        rig.Gate.Open();
        await rig.EventAsync<Connected>();
    }

    [Fact]
    public async Task A_login_caught_by_a_closing_gate_continues_when_it_opens()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
        {
            if (query.FirstChild?.Tag == "count")
                rig.Gate.Close();
            return Greetings.Answer(query);
        };
        rig.Start();
        await rig.ReceivedAsync("the count", node => node.Child("count") is not null);
        // Longer than a query may take: an answer that is held is not a missing one.
        for (var i = 1; i <= 4; i++)
            await KeepAliveAsync(rig, i);
        rig.Link.Acts.Count().ShouldBe(1);
        rig.HasEnded.ShouldBeFalse();
        rig.Gate.Open();
        await rig.EventAsync<Connected>();
    }

    [Fact]
    public async Task A_store_that_waits_for_its_database_disconnects_nobody()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.SettledAsync();
        var database = new TaskCompletionSource();
        rig.Store.BeforeWrite = () => database.Task;
        await rig.Link.SendAsync(
            new BinaryNode("ib")
            {
                Children =
                [
                    new BinaryNode("edge_routing")
                    {
                        Children = [new BinaryNode("routing_info") { Bytes = [1] }],
                    },
                ],
            }
        );
        await rig.Link.SendAsync(Receipt(1));
        for (var i = 1; i <= 3; i++)
            await KeepAliveAsync(rig, i);
        rig.Link.Received.ShouldNotContain(node => node.Tag == "ack");
        database.SetResult();
        await rig.ReceivedAsync("the acknowledgement", node => node.Tag == "ack");
    }

    /// <summary>Lets time pass until the client has sent its next keepalive, and had time to read the answer.</summary>
    private static async Task KeepAliveAsync(Rig rig, int number)
    {
        var before = Pings(rig);
        await Eventually.True(
            $"keepalive {number} in the silence",
            () =>
            {
                rig.HasEnded.ShouldBeFalse();
                if (Pings(rig) > before)
                    return true;
                rig.Time.Advance(TimeSpan.FromSeconds(3));
                return false;
            }
        );
    }

    private static int Pings(Rig rig) => rig.Link.Received.Count(node => node["xmlns"] == "w:p");
}
