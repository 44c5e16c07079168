using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>What our own clients say to each other beside messages.</summary>
public sealed class SocialTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_read_message_is_told_to_its_sender()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var one = await anna.TextAsync(bert.Jid, "one");
        var two = await anna.TextAsync(bert.Jid, "two");
        await bert.GotAsync("two");
        await bert.Client.MarkReadAsync(
            anna.Jid,
            null,
            [one.Id, two.Id],
            played: false,
            onlyOwn: false,
            default
        );
        var read = await Eventually.Get(
            "Anna to hear that her messages were read",
            () =>
                Task.FromResult(
                    anna.Entries("receipt").FirstOrDefault(r => (string)r["receipt"]! == "read")
                )
        );
        read["ids"]!.AsArray().Select(id => (string)id!).ShouldBe([one.Id, two.Id]);
    }

    [Fact]
    public async Task Typing_is_seen()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.Client.SendChatStateAsync(bert.Jid, ChatState.Recording, default);
        var state = await bert.EventAsync<ChatStateChanged>();
        (state.Chat, state.State).ShouldBe((anna.Jid, ChatState.Recording));
    }

    [Fact]
    public async Task Who_is_on_WhatsApp_is_told_in_the_order_of_the_question()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var found = await anna.Client.OnWhatsAppAsync(["490000000000", Bert], default);
        found.Select(one => one.Number).ShouldBe(["490000000000", Bert]);
        found[1].Exists.ShouldBeTrue();
        found[1].Jid.ShouldBe(bert.Jid);
        found[1].Lid.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_block_list_and_the_presence_are_told_to_the_server()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        (await anna.Client.GetBlockedAsync(default)).ShouldBeEmpty();
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await anna.Client.SetBlockedAsync(bert.Jid, true, default);
        var blocked = (await anna.Client.GetBlockedAsync(default)).Single();
        (blocked.Phone, blocked.Lid).ShouldBe(
            (bert.Jid, bert.Store.Credentials!.Lid!.Value.Account)
        );
        await anna.Client.SetBlockedAsync(bert.Jid, false, default);
        (await anna.Client.GetBlockedAsync(default)).ShouldBeEmpty();
        await anna.Client.SetProfileNameAsync("Anna B", default);
        await anna.Client.SetPresenceAsync(true, default);
        anna.Store.Credentials!.PushName.ShouldBe("Anna B");
        await Eventually.True(
            "the server to know the name",
            async () => (string)(await _simulation.GetAsync($"/phones/{Anna}"))["name"]! == "Anna B"
        );
    }
}
