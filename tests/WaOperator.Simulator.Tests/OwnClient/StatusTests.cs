using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Our own clients show each other statuses over the simulator.</summary>
public sealed class StatusTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";
    private const string Carl = "491533333333";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_status_is_seen_by_its_audience_and_own_devices_and_by_no_one_else()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var second = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);

        await PostAsync(anna, "for Bert", bert.Jid);
        await PostAsync(anna, "for both", bert.Jid, carl.Jid);
        await PostAsync(anna, "for Carl", carl.Jid);
        (await anna.TextAsync(bert.Jid, "that was all")).Succeeded.ShouldBeTrue();

        var seen = await bert.GotAsync("for both");
        ((string)seen["chat"]!).ShouldBe("status@broadcast");
        Jid.Parse((string)seen["participant"]!).Account.ShouldBe(anna.Jid);
        await bert.GotAsync("that was all");
        bert.Texts.ShouldBe(["for Bert", "for both", "that was all"]);
        await carl.GotAsync("for Carl");
        carl.Texts.ShouldBe(["for both", "for Carl"]);
        var copy = await second.GotAsync("for Carl");
        ((bool)copy["fromMe"]!).ShouldBeTrue();
        second.Texts.Take(3).ShouldBe(["for Bert", "for both", "for Carl"]);
        foreach (var one in new[] { anna, second, bert, carl })
            one.Entries("undecryptable").ShouldBeEmpty();
        (await _simulation.EventsAsync("staleDeviceLists")).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_is_viewed_liked_and_deleted()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var posted = await PostAsync(anna, "story", bert.Jid);
        await bert.GotAsync("story");

        await bert.Client.MarkReadAsync(
            Jid.Status,
            anna.Jid,
            [posted.Id],
            played: false,
            onlyOwn: false,
            default
        );
        var view = await Eventually.Get(
            "Anna to hear that her status was viewed",
            () =>
                Task.FromResult(
                    anna.Store.Events.OfType<ReceiptReceived>()
                        .FirstOrDefault(r => r.Receipt == "read")
                )
        );
        (view.Chat, view.Sender.Account, view.Ids.Single()).ShouldBe(
            (Jid.Status, bert.Jid, posted.Id)
        );

        var theirs = new MessageReference(Jid.Status, posted.Id, false, anna.Jid);
        await SendAsync(
            bert,
            MessageContent.Reaction(theirs, "🔥", DateTimeOffset.UnixEpoch),
            anna.Jid
        );
        var liked = await Eventually.Get(
            "Anna to hear of the reaction",
            () => Task.FromResult(anna.Messages.FirstOrDefault())
        );
        (liked.Head.Chat, liked.Head.Sender.Account).ShouldBe((Jid.Status, bert.Jid));

        var own = new MessageReference(Jid.Status, posted.Id, true);
        await SendAsync(anna, MessageContent.Delete(own), bert.Jid);
        await Eventually.True("Bert to get the deletion", () => bert.Messages.Count() == 2);
        bert.Messages.Last().Head.Chat.ShouldBe(Jid.Status);
    }

    [Fact]
    public async Task A_device_that_was_linked_meanwhile_gets_what_it_missed()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await PostAsync(anna, "first", bert.Jid);
        await bert.GotAsync("first");
        await anna.CutAsync();
        // Anna does not hear of it: her list is the one of before.
        await using var tablet = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.ConnectAsync();
        await PostAsync(anna, "second", bert.Jid);
        await tablet.GotAsync("second");
        tablet.Entries("undecryptable").ShouldBeEmpty();
    }

    private static Task<SendResult> PostAsync(
        Correspondent from,
        string text,
        params Jid[] audience
    ) => SendAsync(from, MessageContent.Text(text), audience);

    private static async Task<SendResult> SendAsync(
        Correspondent from,
        MessageContent content,
        params Jid[] audience
    )
    {
        var result = await from
            .Client.Send(OutgoingMessage.Status(audience, content))
            .Done.WaitAsync(TimeSpan.FromSeconds(30));
        result.Error.ShouldBeNull();
        return result;
    }
}
