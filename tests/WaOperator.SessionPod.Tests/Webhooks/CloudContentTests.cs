using Google.Protobuf;
using WaOperator.SessionPod.Webhooks;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using static WaOperator.SessionPod.Tests.Webhooks.CloudScene;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>What messages say, as the Cloud API tells it: a table.</summary>
public sealed class CloudContentTests
{
    public static TheoryData<string, string> Contents { get; } =
        new()
        {
            { "text", """{"type":"text","text":{"body":"Hi"}}""" },
            {
                "image",
                """{"type":"image","image":{"id":"MEDIA","mime_type":"image/jpeg","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","caption":"Look"}}"""
            },
            {
                "video",
                """{"type":"video","video":{"id":"MEDIA","mime_type":"video/mp4","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"""
            },
            {
                "voice",
                """{"type":"audio","audio":{"id":"MEDIA","mime_type":"audio/ogg","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","voice":true}}"""
            },
            {
                "document",
                """{"type":"document","document":{"id":"MEDIA","mime_type":"application/pdf","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","filename":"bill.pdf"}}"""
            },
            {
                "sticker",
                """{"type":"sticker","sticker":{"id":"MEDIA","mime_type":"image/webp","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","animated":false}}"""
            },
            {
                "location",
                """{"type":"location","location":{"latitude":52.5,"longitude":13.4,"name":"Gate","address":"Berlin"}}"""
            },
            {
                "contact",
                """{"type":"contacts","contacts":[{"name":{"formatted_name":"Bo","first_name":"Bo"},"phones":[{"phone":"+4917","wa_id":"4917"}]}]}"""
            },
            {
                "reaction",
                $$$"""{"type":"reaction","reaction":{"message_id":"{{{Wamid("M0")}}}","emoji":"👍"}}"""
            },
            {
                "reaction withdrawn",
                $$$"""{"type":"reaction","reaction":{"message_id":"{{{Wamid("M0")}}}"}}"""
            },
            {
                "edit",
                $$$$"""{"type":"edit","edit":{"original_message_id":"{{{{Wamid("M0")}}}}","message":{"type":"text","text":{"body":"new"} } } }"""
            },
            {
                "delete",
                $$$"""{"type":"revoke","revoke":{"original_message_id":"{{{Wamid("M0")}}}"}}"""
            },
            {
                "reply",
                $$$"""{"type":"text","text":{"body":"Yes"},"context":{"from":"{{{Own}}}","id":"{{{Wamid("M0")}}}"}}"""
            },
            {
                "button",
                """{"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"Mon"}}}"""
            },
            {
                "row",
                """{"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Mon","description":"early"}}}"""
            },
            {
                "poll",
                """{"type":"unsupported","errors":[{"code":131051,"title":"Unsupported message","message":"Unsupported message","error_data":{"details":"Messages of the kind Poll are not supported."}}]}"""
            },
        };

    [Theory]
    [MemberData(nameof(Contents))]
    public void What_a_message_says_is_told(string kind, string told)
    {
        var e = new MessageReceived(Head(), Of(kind).ToByteArray());
        var media = e.Content.Media is { } file
            ? $"{Own}.{SessionPod.Media.MediaId.Of(7, file)}"
            : "";

        var message = Value(e)["messages"]![0]!.AsObject();

        foreach (var field in (string[])["from", "from_user_id", "id", "timestamp"])
            message.Remove(field).ShouldBeTrue(field);
        ShouldBe(message, told.Replace("MEDIA", media, StringComparison.Ordinal));
    }

    private static Message Of(string kind)
    {
        var key = new MessageKey { RemoteJid = Ana.ToString(), Id = "M0" };
        return kind switch
        {
            "text" => new() { Conversation = "Hi" },
            "image" => Parsed(
                MessageContent.Image(
                    File(MediaKind.Image),
                    new() { MimeType = "image/jpeg", Caption = "Look" }
                )
            ),
            "video" => Parsed(
                MessageContent.Video(File(MediaKind.Video), new() { MimeType = "video/mp4" })
            ),
            "voice" => Parsed(
                MessageContent.VoiceNote(File(MediaKind.Audio), new() { MimeType = "audio/ogg" })
            ),
            "document" => Parsed(
                MessageContent.Document(
                    File(MediaKind.Document),
                    new() { MimeType = "application/pdf", FileName = "bill.pdf" }
                )
            ),
            "sticker" => Parsed(
                MessageContent.Sticker(File(MediaKind.Sticker), new() { MimeType = "image/webp" })
            ),
            "location" => Parsed(MessageContent.Location(new(52.5, 13.4, "Gate", "Berlin"))),
            "contact" => Parsed(MessageContent.Contacts(ContactCard.OfPhone("Bo", "4917"))),
            "reaction" => new()
            {
                ReactionMessage = new() { Key = key, Text = "👍" },
            },
            "reaction withdrawn" => new()
            {
                ReactionMessage = new() { Key = key, Text = "" },
            },
            "edit" => new()
            {
                ProtocolMessage = new()
                {
                    Key = key,
                    Type = ProtocolMessage.Types.Type.MessageEdit,
                    EditedMessage = new() { Conversation = "new" },
                },
            },
            "delete" => new()
            {
                ProtocolMessage = new() { Key = key, Type = ProtocolMessage.Types.Type.Revoke },
            },
            "reply" => Parsed(
                MessageContent
                    .Text("Yes")
                    .Reply(
                        new(Ana, "M0", FromMe: false, new Jid(Own, Jid.PhoneServer)),
                        MessageContent.Text("Coming?").ToBytes()
                    )
            ),
            "button" => new()
            {
                ButtonsResponseMessage = new()
                {
                    SelectedButtonId = "b1",
                    SelectedDisplayText = "Mon",
                },
            },
            "row" => new()
            {
                ListResponseMessage = new()
                {
                    Title = "Mon",
                    Description = "early",
                    SingleSelectReply = new() { SelectedRowId = "r1" },
                },
            },
            "poll" => Parsed(MessageContent.Poll("When?", ["Mon", "Tue"])),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private static Message Parsed(MessageContent content) =>
        Message.Parser.ParseFrom(content.ToBytes());

    private static MediaReference File(MediaKind kind) =>
        new()
        {
            Kind = kind,
            DirectPath = "/v/x",
            MediaKey = new byte[32],
            FileSha256 = new byte[32],
            FileEncSha256 = new byte[32],
            FileLength = 4711,
        };
}
