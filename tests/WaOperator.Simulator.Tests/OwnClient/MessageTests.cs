using WaOperator.Testing;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Two and more of our own clients write to each other over the simulator.</summary>
public sealed class MessageTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task Texts_go_both_ways_and_are_acknowledged_and_receipted()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);

        var sent = await anna.TextAsync(bert.Jid, "hello");
        sent.Succeeded.ShouldBeTrue(sent.Error);
        var got = await bert.GotAsync("hello");
        ((string)got["id"]!).ShouldBe(sent.Id);
        ((string)got["chatPn"]!).ShouldBe(anna.Jid.ToString());
        ((string)got["senderPn"]!).ShouldBe(anna.Jid.ToString());
        ((bool)got["fromMe"]!).ShouldBeFalse();
        bert.Messages.Single().Message.ToArray().ShouldBe(Correspondent.Conversation("hello"));

        (await bert.TextAsync(anna.Jid, "good morning")).Succeeded.ShouldBeTrue();
        await anna.GotAsync("good morning");
        (await anna.TextAsync(bert.Jid, "how are you?")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("how are you?");

        await Eventually.True(
            "Anna to hear that both arrived, and that they were sent",
            () => anna.Entries("receipt").Count == 2 && anna.Entries("sent").Count == 2
        );
        anna.Store.Outbound.ShouldAllBe(m => m.State == OutboundState.Acked && m.Stanza == null);
        await Eventually.True(
            "nothing to wait for Bert at the server",
            async () => (int)(await _simulation.SessionAsync(Bert))["waiting"]! == 0
        );
        bert.Texts.ShouldBe(["hello", "how are you?"]);
    }

    [Fact]
    public async Task What_came_while_it_was_away_comes_once_and_in_order()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.TextAsync(bert.Jid, "first");
        await bert.GotAsync("first");
        await bert.CutAsync();
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => $"text {i}")];
        foreach (var ticket in texts.Select(text => anna.Text(bert.Jid, text)).ToList())
            (await ticket.Done).Succeeded.ShouldBeTrue();
        await bert.ConnectAsync();
        await bert.GotAsync(texts[^1]);
        bert.Texts.ShouldBe(["first", .. texts]);
        await Eventually.True(
            "all of it to be acknowledged",
            async () => (int)(await _simulation.SessionAsync(Bert))["waiting"]! == 0
        );
    }

    [Fact]
    public async Task Own_devices_see_what_the_other_one_writes()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var second = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.TextAsync(bert.Jid, "from the first");
        await bert.GotAsync("from the first");
        var copy = await second.GotAsync("from the first");
        ((bool)copy["fromMe"]!).ShouldBeTrue();
        ((string)copy["chatPn"]!).ShouldBe(bert.Jid.ToString());
        await bert.TextAsync(anna.Jid, "to both");
        await anna.GotAsync("to both");
        await second.GotAsync("to both");
        anna.Texts.ShouldBe(["to both"]);
    }

    [Fact]
    public async Task A_flood_in_both_directions_arrives_in_order_and_once()
    {
        const int Count = 1000;
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        string[] texts = [.. Enumerable.Range(0, Count).Select(i => $"text {i}")];
        var there = texts.Select(text => anna.Text(bert.Jid, text)).ToList();
        var back = texts.Select(text => bert.Text(anna.Jid, text)).ToList();
        foreach (var ticket in there.Concat(back))
            (await ticket.Done.WaitAsync(TimeSpan.FromSeconds(60))).Succeeded.ShouldBeTrue();
        await anna.GotAsync(texts[^1]);
        await bert.GotAsync(texts[^1]);
        anna.Texts.ShouldBe(texts);
        bert.Texts.ShouldBe(texts);
        anna.Entries("undecryptable").ShouldBeEmpty();
        bert.Entries("undecryptable").ShouldBeEmpty();
    }

    [Fact]
    public async Task Connections_that_break_in_a_flood_lose_nothing()
    {
        const int Count = 1000;
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        string[] texts = [.. Enumerable.Range(0, Count).Select(i => $"text {i}")];
        var sent = 0;
        while (sent < Count)
        {
            var tickets = texts[sent..].Select(text => anna.Text(bert.Jid, text)).ToList();
            await tickets[Math.Min(150, tickets.Count - 1)].Accepted;
            await Task.WhenAll(anna.CutAsync(), bert.CutAsync());
            // What was accepted is the client's, and what was not is still ours.
            sent += tickets.Count(ticket => ticket.Accepted.IsCompletedSuccessfully);
            await anna.ConnectAsync();
            await bert.ConnectAsync();
        }
        await bert.GotAsync(texts[^1]);
        bert.Texts.ShouldBe(texts);
        await Eventually.True(
            "the server to have acknowledged all",
            () => anna.Store.Outbound.All(m => m.State == OutboundState.Acked)
        );
    }

    [Fact]
    public async Task A_lost_session_is_repaired_and_the_message_comes_under_its_id()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.TextAsync(bert.Jid, "one");
        await bert.GotAsync("one");
        await bert.TextAsync(anna.Jid, "two");
        await anna.GotAsync("two");
        await bert.CutAsync();
        foreach (var key in bert.Store.RecordKeys.Where(k => k.Kind == RecordKinds.Session))
            bert.Store.Put(key, null);
        await bert.ConnectAsync();
        var sent = await anna.TextAsync(bert.Jid, "three");
        var got = await bert.GotAsync("three");
        ((string)got["id"]!).ShouldBe(sent.Id);
        bert.Entries("undecryptable").ShouldNotBeEmpty();
        await anna.TextAsync(bert.Jid, "four");
        await bert.GotAsync("four");
        bert.Texts.ShouldBe(["one", "three", "four"]);
        (await bert.TextAsync(anna.Jid, "five")).Succeeded.ShouldBeTrue();
        await anna.GotAsync("five");
    }
}
