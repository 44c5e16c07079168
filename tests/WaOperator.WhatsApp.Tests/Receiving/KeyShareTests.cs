using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Tests.Fakes;
using Chat = WaOperator.WhatsApp.Tests.Fakes.Chat;

namespace WaOperator.WhatsApp.Tests.Receiving;

/// <summary>The keys of the account's state come once, in a message of the phone: see <see cref="SharedKeys"/>.</summary>
public sealed class KeyShareTests
{
    private readonly FakeAppState _state = new(new Random(1));

    [Fact]
    public async Task Keys_of_the_phone_are_durable_when_their_message_is_acknowledged()
    {
        await using var chat = new Chat();
        var phone = await LinkedAsync(chat, device: 0);
        await DeliverAsync(chat, phone, "KEYS1");
        (await StoredAsync(chat)).ShouldNotBeNull().Newest!.Id.ShouldBe(_state.KeyId);
        chat.Entries("peer").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Keys_of_another_device_are_not_taken()
    {
        await using var chat = new Chat();
        var other = await LinkedAsync(chat, device: 4);
        await DeliverAsync(chat, other, "KEYS1");
        chat.Entries("peer").Count.ShouldBe(1, "it was read");
        (await StoredAsync(chat)).ShouldBeNull();
    }

    [Fact]
    public async Task Keys_of_one_that_is_not_the_phone_that_linked_this_device_are_not_taken()
    {
        await using var chat = new Chat();
        var phone = await LinkedAsync(chat, device: 0);
        phone.Reinstall();
        phone.Begin(chat.Store);
        await DeliverAsync(chat, phone, "KEYS1");
        chat.Entries("peer").Count.ShouldBe(1, "it was read");
        (await StoredAsync(chat)).ShouldBeNull();
    }

    [Fact]
    public async Task Keys_that_stand_before_what_the_phone_encrypted_are_not_taken()
    {
        await using var chat = new Chat();
        var phone = await LinkedAsync(chat, device: 0);
        await chat.DeliverAsync(phone, "A1", [phone.Write(FakePeer.Text("genuine"))]);
        await chat.AckAsync("A1");
        var forger = FakePeer.Of(Chat.Me, Chat.MyLid);
        forger.Begin(chat.Store);
        await chat.DeliverAsync(
            phone,
            "KEYS1",
            [forger.Write(Share()), phone.Write(FakePeer.Text("genuine"))],
            node => node["category"] = "peer"
        );
        await chat.AckAsync("KEYS1");
        chat.Entries("peer").Count.ShouldBe(1, "it was read");
        (await StoredAsync(chat)).ShouldBeNull();
    }

    [Fact]
    public async Task Keys_of_a_stranger_are_not_taken()
    {
        await using var chat = new Chat();
        await LinkedAsync(chat, device: 0);
        chat.First.Begin(chat.Store);
        await DeliverAsync(chat, chat.First, "KEYS1");
        chat.Entries("message").Count.ShouldBe(1, "it was read");
        (await StoredAsync(chat)).ShouldBeNull();
    }

    /// <summary>A device of the account whose key is the one that vouched for this device.</summary>
    private static async Task<FakePeer> LinkedAsync(Chat chat, ushort device)
    {
        var phone = FakePeer.Of(Chat.Me, Chat.MyLid, device);
        chat.Peers.Add(phone);
        chat.Store.Credentials = chat.Store.Credentials! with
        {
            Account = new([1], phone.Identity.Key.Public, new byte[64], new byte[64]),
        };
        await chat.ConnectAsync();
        phone.Begin(chat.Store);
        return phone;
    }

    private async Task DeliverAsync(Chat chat, FakePeer from, string id)
    {
        await chat.DeliverAsync(from, id, [from.Write(Share())], node => node["category"] = "peer");
        await chat.AckAsync(id);
    }

    private byte[] Share() =>
        new Message
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.AppStateSyncKeyShare,
                AppStateSyncKeyShare = _state.Share,
            },
        }.ToByteArray();

    private static async Task<SharedKeys?> StoredAsync(Chat chat) =>
        (await chat.Store.LoadAsync([AppStateRecords.Keys], default))[0] is { } bytes
            ? SharedKeys.Deserialize(bytes)
            : null;
}
