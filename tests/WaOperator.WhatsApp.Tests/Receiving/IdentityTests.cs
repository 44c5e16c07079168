using System.Security.Cryptography;
using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;
using WaOperator.WhatsApp.Tests.Sending;

namespace WaOperator.WhatsApp.Tests.Receiving;

/// <summary>That the phone of an account has another identity key is told once, with both, when the new one is known.</summary>
public sealed class IdentityTests
{
    private static readonly Jid BobByLid = new(Chat.BobLid, Jid.LidServer);

    private int _notices;

    [Fact]
    public async Task A_first_key_is_no_news()
    {
        await using var chat = await Chat.ConnectedAsync();
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        await chat.Text("one").Done;
        chat.First.Begin(chat.Store);
        await ReceiveAsync(chat, "M1");
        Changes(chat).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_bundle_shows_the_new_key(bool announced)
    {
        await using var chat = await Chat.ConnectedAsync();
        var old = await TalkAsync(chat);
        chat.First.Reinstall();
        if (announced)
            await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        else
            await AskAgainAsync(chat);
        await chat.Text("two").Done;

        ShouldBe(Changes(chat).ShouldHaveSingleItem(), old, chat.First);
        await chat.Text("three").Done;
        Changes(chat).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_message_shows_the_new_key_in_its_own_commit(bool announced)
    {
        await using var chat = await Chat.ConnectedAsync();
        var old = await TalkAsync(chat);
        chat.First.Reinstall();
        if (announced)
            await NoticeAsync(chat, $"{Chat.BobLid}@lid");
        DeviceChange? commit = null;
        chat.Store.BeforeCommit = change =>
        {
            if (change.Events.OfType<IdentityChanged>().Any())
                commit = change;
            return Task.CompletedTask;
        };
        chat.First.Begin(chat.Store);
        await ReceiveAsync(chat, "M2");

        ShouldBe(Changes(chat).ShouldHaveSingleItem(), old, chat.First);
        commit!.Events.OfType<MessageReceived>().Count().ShouldBe(1);
        var stored = commit.Records.Single(r => r.Key.Kind == RecordKinds.Session).Value!;
        using var session = (SessionRecord)SessionStorage.ReadAny(stored);
        session.TheirIdentity.ToArray().ShouldBe(chat.First.Identity.Key.Public);
    }

    [Fact]
    public async Task Notices_by_number_and_by_LID_are_one_change()
    {
        await using var chat = await Chat.ConnectedAsync();
        var old = await TalkAsync(chat);
        chat.First.Reinstall();
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        await NoticeAsync(chat, $"{Chat.BobLid}@lid");
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        Changes(chat).ShouldBeEmpty();
        await chat.Text("by number", new Jid(Chat.Bob, Jid.PhoneServer)).Done;
        await chat.Text("by LID", BobByLid).Done;

        ShouldBe(Changes(chat).ShouldHaveSingleItem(), old, chat.First);
    }

    [Fact]
    public async Task A_notice_without_another_key_is_no_change()
    {
        await using var chat = await Chat.ConnectedAsync();
        await TalkAsync(chat);
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        await chat.Text("two").Done;
        Changes(chat).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_former_key_outlives_the_connection()
    {
        await using var chat = await Chat.ConnectedAsync();
        var old = await TalkAsync(chat);
        chat.First.Reinstall();
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        await chat.CutAsync();
        await chat.ConnectAsync();
        await chat.Text("two").Done;
        ShouldBe(Changes(chat).ShouldHaveSingleItem(), old, chat.First);
    }

    [Fact]
    public async Task Each_reinstallation_is_told_with_the_key_before_it()
    {
        await using var chat = await Chat.ConnectedAsync();
        var first = await TalkAsync(chat);
        chat.First.Reinstall();
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        await chat.Text("two").Done;
        var second = chat.First.Identity.Key.Public;
        chat.First.Reinstall();
        await NoticeAsync(chat, $"{Chat.Bob}@s.whatsapp.net");
        await chat.Text("three").Done;

        Changes(chat)
            .Select(c => (c.OldFingerprint, c.NewFingerprint))
            .ShouldBe([
                (FingerprintOf(first), FingerprintOf(second)),
                (FingerprintOf(second), FingerprintOf(chat.First.Identity.Key.Public)),
            ]);
    }

    [Fact]
    public async Task Companion_devices_are_not_told_of()
    {
        var companion = FakePeer.Of(Chat.Bob, Chat.BobLid, 2);
        await using var chat = await Chat.ConnectedAsync();
        chat.Peers.Add(companion);
        await TalkAsync(chat);
        companion.Reinstall();
        companion.Begin(chat.Store);
        await chat.DeliverAsync(companion, "M9", [companion.Write(FakePeer.Text("hello"))]);
        await chat.AckAsync("M9");
        Changes(chat).ShouldBeEmpty();
    }

    [Fact]
    public void A_former_key_is_read_as_it_was_written_and_nothing_else_is()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var stored = new FormerIdentity(key).Serialize();
        var read = (FormerIdentity)SessionStorage.ReadAny(stored);
        read.Key.ToArray().ShouldBe(key);
        // What earlier versions do with it.
        Should
            .Throw<SignalException>(() => SessionRecord.Deserialize(stored))
            .Reason.ShouldBe(SignalFailure.Malformed);
        foreach (var size in (int[])[0, 31, 33])
        {
            var bad = new FormerIdentity(new byte[size]).Serialize();
            Should.Throw<SignalException>(() => SessionStorage.ReadAny(bad));
        }
    }

    [Fact]
    public void A_fingerprint_is_the_SHA_256_of_the_key_as_it_goes_over_the_wire() =>
        Fingerprint
            .Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray())
            .ShouldBe("52c056bb783986dcb684337f49bcde8f7e8603464fdebede410c76196a5a8820");

    /// <summary>Both have written to each other; gives the peer's identity key.</summary>
    private static async Task<byte[]> TalkAsync(Chat chat)
    {
        await chat.Text("one").Done;
        chat.First.Read(Chat.For(chat.Sent[0], chat.First.Phone));
        await ReceiveAsync(chat, "M1");
        return chat.First.Identity.Key.Public;
    }

    private static async Task ReceiveAsync(Chat chat, string id)
    {
        await chat.DeliverAsync(chat.First, id, [chat.First.Write(FakePeer.Text(id))]);
        await Eventually.True($"the message {id}", () => chat.Texts.Contains(id));
    }

    /// <summary>The peer asks for the first message once more, with its new keys.</summary>
    private static async Task AskAgainAsync(Chat chat)
    {
        await ResendTests.AskAsync(
            chat,
            chat.First.Phone,
            chat.Sent[0]["id"]!,
            1,
            chat.First.Bundle("x")
        );
        await chat.SentAsync(2);
    }

    private async Task NoticeAsync(Chat chat, string from)
    {
        var id = $"n{++_notices}";
        await chat.Link.SendAsync(
            new BinaryNode("notification")
            {
                ["from"] = from,
                ["type"] = "encrypt",
                ["id"] = id,
                Children = [new BinaryNode("identity")],
            }
        );
        await chat.AckAsync(id);
    }

    private static List<IdentityChanged> Changes(Chat chat) =>
        [.. chat.Store.Events.OfType<IdentityChanged>()];

    private static void ShouldBe(IdentityChanged change, byte[] old, FakePeer peer)
    {
        (change.Device, change.Other).ShouldBe((BobByLid, new Jid(Chat.Bob, Jid.PhoneServer)));
        (change.OldFingerprint, change.NewFingerprint).ShouldBe(
            (FingerprintOf(old), FingerprintOf(peer.Identity.Key.Public))
        );
        change.OldFingerprint.ShouldNotBe(change.NewFingerprint);
    }

    private static string FingerprintOf(byte[] key) =>
        Convert.ToHexStringLower(SHA256.HashData([5, .. key]));
}
