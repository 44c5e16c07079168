using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Tests.Fakes;
using Chat = WaOperator.WhatsApp.Tests.Fakes.Chat;

namespace WaOperator.WhatsApp.Tests.Directories;

public sealed class SignedDevicesTests
{
    private const long Now = 1_800_000_000;
    private static readonly KeyPair Phone = KeyPair.Generate();
    private static readonly ListedDevice[] Listed = [new(0, 0), new(7, 7), new(8, 8)];

    [Fact]
    public void Those_that_the_phone_has_signed_are_believed()
    {
        Prove(Sign(Phone, 7, 8), Phone.Public).ShouldBe([0, 7, 8], DeviceListFault.None, Now - 10);
        Prove(Sign(Phone, 8), Phone.Public).ShouldBe([0, 8], DeviceListFault.Unsigned, Now - 10);
        Prove(Sign(Phone), Phone.Public).ShouldBe([0], DeviceListFault.Unsigned, Now - 10);
    }

    [Fact]
    public void A_list_of_another_phone_or_of_damaged_bytes_proves_none()
    {
        var stranger = KeyPair.Generate();
        Prove(Sign(stranger, 7, 8), Phone.Public).ShouldBe([0], DeviceListFault.BadSignature, 0);
        Prove([1, 2, 3], Phone.Public).ShouldBe([0], DeviceListFault.Malformed, 0);
        Prove(new byte[64], Phone.Public).ShouldBe([0], DeviceListFault.Malformed, 0);
        var changed = Sign(Phone, 7);
        // Within the details, which stand first.
        changed[^100] ^= 1;
        Prove(changed, Phone.Public).Devices.ShouldBe([0]);
    }

    [Fact]
    public void The_key_of_the_list_is_believed_while_the_phone_is_not_known() =>
        Prove(Sign(Phone, 7, 8), []).ShouldBe([0, 7, 8], DeviceListFault.None, Now - 10);

    [Fact]
    public void A_list_without_a_key_is_checked_only_by_a_phone_that_is_known()
    {
        var list = ADVSignedKeyIndexList.Parser.ParseFrom(Sign(Phone, 7));
        list.ClearAccountSignatureKey();
        Prove(list.ToByteArray(), []).ShouldBe([0, 7, 8], DeviceListFault.None, 0);
        Prove(list.ToByteArray(), Phone.Public)
            .ShouldBe([0, 7], DeviceListFault.Unsigned, Now - 10);
    }

    [Fact]
    public void The_device_that_WhatsApp_runs_for_a_business_needs_no_word_of_the_phone()
    {
        ListedDevice[] listed = [new(0, 0), new(99, 0, Hosted: true)];
        SignedDevices
            .Prove(listed, Sign(Phone), Phone.Public, [], 0, Now)
            .ShouldBe([0, 99], DeviceListFault.None, 0);
    }

    [Fact]
    public void What_no_key_of_the_phone_was_there_for_is_looked_at_again()
    {
        Prove(Sign(Phone, 7, 8), []).IsFinal.ShouldBeFalse();
        Prove(Sign(Phone, 7, 8), Phone.Public).IsFinal.ShouldBeTrue();
        Prove(null, []).IsFinal.ShouldBeTrue();
    }

    [Fact]
    public void A_list_is_missed_once_there_was_one_and_only_then()
    {
        Prove(null, Phone.Public).ShouldBe([0, 7, 8], DeviceListFault.None, 0);
        Prove([], Phone.Public).ShouldBe([0, 7, 8], DeviceListFault.None, 0);
        Prove(null, Phone.Public, signedAt: 5).ShouldBe([0, 8], DeviceListFault.Missing, 5);
        SignedDevices
            .Prove([new(0, 0)], null, Phone.Public, [0, 8], 5, Now)
            .ShouldBe([0], DeviceListFault.None, 5);
    }

    [Fact]
    public void An_older_list_than_one_that_was_seen_proves_none()
    {
        Prove(Sign(Phone, 7, 8), Phone.Public, signedAt: Now - 9)
            .ShouldBe([0, 8], DeviceListFault.Older, Now - 9);
        Prove(Sign(Phone, 7, 8), Phone.Public, signedAt: Now - 10)
            .ShouldBe([0, 7, 8], DeviceListFault.None, Now - 10);
        var early = Sign(Phone, Now + 1_000_000, 7, 8);
        Prove(early, Phone.Public).ShouldBe([0, 7, 8], DeviceListFault.None, Now);
    }

    [Fact]
    public async Task A_device_that_the_server_slips_in_gets_nothing()
    {
        await using var chat = new Chat();
        chat.Peers.Add(FakePeer.Of(Chat.Bob, Chat.BobLid, 7));
        chat.Peers.Add(FakePeer.Of(Chat.Bob, Chat.BobLid, 8));
        await chat.ConnectAsync();
        (await chat.Text("first").Done).Succeeded.ShouldBeTrue();
        // From now on the phone is known, and the server tells what it has signed.
        chat.SignedList = jid =>
            jid.StartsWith(Chat.Me, StringComparison.Ordinal)
                ? null
                : Sign(chat.First.Identity.Key, At(chat), 7);
        await NewDevicesAsync(chat);
        (await chat.Text("second").Done).Succeeded.ShouldBeTrue();
        Targets(chat).ShouldBe([$"{Chat.Bob}@s.whatsapp.net", $"{Chat.Bob}:7@s.whatsapp.net"]);

        chat.SignedList = _ => Sign(KeyPair.Generate(), At(chat), 7, 8);
        await NewDevicesAsync(chat);
        (await chat.Text("third").Done).Succeeded.ShouldBeTrue();
        Targets(chat).ShouldBe([$"{Chat.Bob}@s.whatsapp.net"]);
    }

    private static async Task NewDevicesAsync(Chat chat)
    {
        var id = $"N{chat.Received("ack").Count()}";
        await chat.Link.SendAsync(
            new("notification")
            {
                ["from"] = $"{Chat.Bob}@s.whatsapp.net",
                ["type"] = "devices",
                ["id"] = id,
            }
        );
        await chat.AckAsync(id);
    }

    private static IEnumerable<string?> Targets(Chat chat) =>
        chat.Sent[^1].Child("participants")!.Children.Select(to => to["jid"]);

    private static long At(Chat chat) => chat.Time.GetUtcNow().ToUnixTimeSeconds();

    private static ProvenDevices Prove(
        byte[]? signed,
        ReadOnlySpan<byte> phone,
        long signedAt = 0
    ) => SignedDevices.Prove(Listed, signed, phone, [0, 8], signedAt, Now);

    private static byte[] Sign(KeyPair phone, params uint[] valid) => Sign(phone, Now - 10, valid);

    private static byte[] Sign(KeyPair phone, long at, params uint[] valid)
    {
        var list = new ADVKeyIndexList
        {
            RawId = 1,
            Timestamp = (ulong)at,
            CurrentIndex = 8,
        };
        list.ValidIndexes.AddRange(valid);
        var details = list.ToByteArray();
        return new ADVSignedKeyIndexList
        {
            Details = ByteString.CopyFrom(details),
            AccountSignature = ByteString.CopyFrom(XEdDsa.Sign(phone.Private, [6, 2, .. details])),
            AccountSignatureKey = ByteString.CopyFrom(phone.Public),
        }.ToByteArray();
    }
}

internal static class ProvenDevicesShould
{
    public static void ShouldBe(
        this ProvenDevices proven,
        ushort[] devices,
        DeviceListFault fault,
        long signedAt
    )
    {
        proven.Devices.ShouldBe(devices);
        (proven.Fault, proven.SignedAt).ShouldBe((fault, signedAt));
    }
}
