using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Domain;
using WaOperator.Gateway.Cloud;
using WaOperator.Gateway.Sessions;
using WaOperator.SessionPod.Api.Messages;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>What becomes of messages on their way to pods.</summary>
public sealed class CloudMessagesTests
{
    private const string Phone = "493012345678";

    private const string Head = "\"messaging_product\":\"whatsapp\",\"to\":\"491700000002\"";

    public static TheoryData<string> Names =>
        [.. Fixture.Read("messages").Select(c => (string)c["name"]!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_becomes_one_of_our_own(string name)
    {
        var example = Fixture.Read("messages").Single(c => (string?)c["name"] == name);

        var send = Read(example["given"]!.ToJsonString()).ShouldBeOfType<CloudSend>();

        var body = JsonNode.Parse(send.Body.ToJsonString())!;
        JsonNode
            .DeepEquals(body, example["body"])
            .ShouldBeTrue($"{body.ToJsonString()} is not {example["body"]!.ToJsonString()}");
        Outgoing
            .TryRead(Encoding.UTF8.GetBytes(body.ToJsonString()), out _, out var wrong)
            .ShouldBeTrue(wrong?.Detail);
    }

    [Theory]
    [InlineData("individual", "+49 170 1", "+49 170 1")]
    [InlineData("individual", "491@lid", "491@lid")]
    [InlineData("group", "1203", "1203@g.us")]
    [InlineData("group", "1203@g.us", "1203@g.us")]
    public void A_recipient_is_a_person_or_a_group(string kind, string to, string expected) =>
        (
            (string?)
                Read(
                        $$$"""{"messaging_product":"whatsapp","recipient_type":"{{{kind}}}","to":"{{{to}}}","text":{"body":"x"}}"""
                    )
                    .ShouldBeOfType<CloudSend>()
                    .Body["to"]
        ).ShouldBe(expected);

    [Theory]
    [InlineData("", false)]
    [InlineData(",\"typing_indicator\":{\"type\":\"text\"}", true)]
    public void A_message_that_was_read_is_named_by_its_id(string more, bool typing) =>
        Read(
                $$"""{"messaging_product":"whatsapp","status":"read","message_id":"{{CloudIds.ToCloud("3A1")}}"{{more}}}"""
            )
            .ShouldBe(new CloudRead("3A1", typing));

    [Theory]
    [InlineData("""{"to":"491","text":{"body":"x"}}""", 100)]
    [InlineData("""{"messaging_product":"whatsapp","text":{"body":"x"}}""", 100)]
    [InlineData("""{"messaging_product":"whatsapp","to":"491","type":"text"}""", 100)]
    [InlineData("""{"messaging_product":"whatsapp","to":"491","type":"image","image":{}}""", 100)]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"text","text":{"body":"x"},"image":{"id":"med_1"}}""",
        100
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"sticker","sticker":{"id":"med_1","caption":"x"}}""",
        100
    )]
    [InlineData("""{"messaging_product":"whatsapp","to":"491","type":"order"}""", 131051)]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"template","template":{"name":"x"}}""",
        132001
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"image","image":{"id":"123456"}}""",
        131053
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"image","image":{"id":"4930999999999.med_1"}}""",
        131053
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"text","text":{"body":"x"},"context":{"message_id":"3EB0A1"}}""",
        131009
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"reaction","reaction":{"message_id":"x","emoji":"x"}}""",
        131009
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","recipient_type":"list","to":"491","text":{"body":"x"}}""",
        131009
    )]
    [InlineData("""{"messaging_product":"whatsapp","to":"1@g.us","text":{"body":"x"}}""", 131009)]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"contacts","contacts":[{"name":{"formatted_name":"A"},"phones":[],"emails":[{"email":"a@b"}]}]}""",
        131009
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"interactive","interactive":{"type":"flow","action":{}}}""",
        131051
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[]}}}""",
        131009
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"A"}},{"type":"reply","reply":{"id":"2","title":"A"}}]}}}""",
        131009
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","type":"interactive","interactive":{"type":"button","header":{"type":"image","image":{"id":"med_1"}},"body":{"text":"x"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"A"}},{"type":"reply","reply":{"id":"2","title":"B"}}]}}}""",
        131009
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","status":"delivered","message_id":"wamid.YQ"}""",
        131009
    )]
    [InlineData("""{"messaging_product":"whatsapp","status":"read","message_id":"a"}""", 131009)]
    [InlineData(
        """{"messaging_product":"whatsapp","status":"read","message_id":"wamid.YQ","to":"491"}""",
        100
    )]
    [InlineData(
        """{"messaging_product":"whatsapp","to":"491","text":{"body":"x"},"message_id":"wamid.YQ"}""",
        100
    )]
    public void What_cannot_be_sent_is_refused_by_Metas_number(string given, int code)
    {
        CloudMessages
            .TryRead(Parse(given).ShouldNotBeNull(), Phone, out _, out var fault)
            .ShouldBeFalse();
        fault!.Code.Number.ShouldBe(code);
    }

    [Fact]
    public void Ids_that_do_not_fit_what_is_kept_with_a_message_are_refused()
    {
        var rows = string.Join(
            ',',
            Enumerable
                .Range(0, 10)
                .Select(n => $$"""{"id":"{{new string('x', 60)}}{{n}}","title":"{{n}}"}""")
        );

        CloudMessages
            .TryRead(
                Parse(
                    "{"
                        + Head
                        + ",\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"x\"},\"action\":{\"sections\":[{\"rows\":["
                        + rows
                        + "]}]}}}"
                )!,
                Phone,
                out _,
                out var fault
            )
            .ShouldBeFalse();
        fault!.Code.ShouldBe(CloudCode.Value);
        fault.Detail.ShouldContain("512");
    }

    [Theory]
    [InlineData("""{"ttl":"60"}""")]
    [InlineData("""{"to":"1","to":"2"}""")]
    [InlineData("""{"to":1}""")]
    [InlineData("""{"interactive":{"action":"{"}}""")]
    [InlineData("""{"interactive":{"action":"{\"x\":1}"}}""")]
    [InlineData("""{"to":"\ud800"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    public void What_is_no_such_message_is_not_read(string body) => Parse(body).ShouldBeNull();

    private static CloudRequest Read(string body)
    {
        CloudMessages
            .TryRead(Parse(body).ShouldNotBeNull(body), Phone, out var request, out var fault)
            .ShouldBeTrue(fault?.Detail);
        return request!;
    }

    private static CloudMessage? Parse(string body) =>
        SessionBody.TryRead(
            Encoding.UTF8.GetBytes(body),
            CloudJson.Default.CloudMessage,
            out var message,
            out _
        )
            ? message
            : null;
}
