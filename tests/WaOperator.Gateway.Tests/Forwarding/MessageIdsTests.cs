using System.Text;
using System.Text.Json;
using WaOperator.Api;
using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Tests.Forwarding;

public sealed class MessageIdsTests
{
    [Theory]
    [InlineData("""{"to":"1"}""", """{"id":"NEW","to":"1"}""")]
    [InlineData("""  {  "to":"1"}""", """  {"id":"NEW",  "to":"1"}""")]
    [InlineData("""{}""", """{"id":"NEW"}""")]
    [InlineData("""{"id":null,"to":"1"}""", """{"id":"NEW","to":"1"}""")]
    [InlineData("""{"to":{"id":"inner"}}""", """{"id":"NEW","to":{"id":"inner"}}""")]
    [InlineData("\uFEFF{\"a\":1}", "\uFEFF{\"id\":\"NEW\",\"a\":1}")]
    public void One_without_an_id_gets_one_and_nothing_else_changes(string body, string expected)
    {
        var message = Fix(body);

        Encoding.UTF8.GetString(message.Bytes).ShouldBe(expected);
        (message.Id, message.Fixed).ShouldBe(("NEW", true));
    }

    [Theory]
    [InlineData("""{"to":"1","id":"order12345"}""", "order12345")]
    [InlineData("""{"\u0069d":"order12345"}""", "order12345")]
    [InlineData("""{"id":""}""", "")]
    public void One_with_an_id_stays_as_it_is(string body, string id)
    {
        var message = Fix(body);

        Encoding.UTF8.GetString(message.Bytes).ShouldBe(body);
        (message.Id, message.Fixed).ShouldBe((id, true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"to":}""")]
    [InlineData("""{"id":5}""")]
    [InlineData("""{"id":{"id":"x"}}""")]
    [InlineData("""{"to":"1"} {}""")]
    [InlineData("""{"to":"1"}x""")]
    [InlineData("""{"id":"\ud800"}""")]
    public void What_is_no_message_is_left_for_the_pod_to_refuse_and_sent_once(string body)
    {
        var message = Fix(body);

        Encoding.UTF8.GetString(message.Bytes).ShouldBe(body);
        message.Fixed.ShouldBeFalse();
    }

    [Fact]
    public void Any_bytes_give_a_body()
    {
        var random = new Random(7);
        var json = """{"to":"1","id":null,"text":{"body":"x"}}"""u8.ToArray();
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = (byte[])json.Clone();
            for (var n = random.Next(4); n >= 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var message = MessageIds.Fix(bytes, () => "NEW");
            if (message is { Fixed: true, Id: "NEW" })
                JsonDocument
                    .Parse(message.Bytes)
                    .RootElement.GetProperty("id")
                    .GetString()
                    .ShouldBe("NEW");
            MessageIds.FixBatch(bytes, _ => "NEW").Bytes.ShouldNotBeNull();
        }
    }

    [Fact]
    public void Each_line_of_a_batch_gets_an_id()
    {
        var batch = MessageIds.FixBatch(
            "{\"to\":\"1\"}\n\n{\"id\":\"mine1234\"}\r\n{\"to\":\"2\"}\n"u8.ToArray(),
            line => $"L{line}"
        );

        Encoding
            .UTF8.GetString(batch.Bytes)
            .ShouldBe(
                "{\"id\":\"L0\",\"to\":\"1\"}\n\n{\"id\":\"mine1234\"}\r\n{\"id\":\"L3\",\"to\":\"2\"}\n"
            );
        batch.Fixed.ShouldBeTrue();
        MessageIds.FixBatch("{}\nnot json"u8.ToArray(), _ => "x").Fixed.ShouldBeFalse();
    }

    [Fact]
    public void An_id_of_a_key_depends_on_tenant_session_and_key()
    {
        var id = IdempotencyIds.Of(1, "ns", "s", "key");
        id.ShouldMatch("^3EB0[0-9A-F]{18}$");
        IdempotencyIds.Of(1, "ns", "s", "key").ShouldBe(id);
        string[] others =
        [
            IdempotencyIds.Of(2, "ns", "s", "key"),
            IdempotencyIds.Of(1, "ns2", "s", "key"),
            IdempotencyIds.Of(1, "ns", "s2", "key"),
            IdempotencyIds.Of(1, "ns", "s", "key2"),
            IdempotencyIds.New(),
        ];
        others.ShouldNotContain(id);
        others.ShouldBeUnique();
    }

    private static IdentifiedBody Fix(string body) =>
        MessageIds.Fix(Encoding.UTF8.GetBytes(body), () => "NEW");
}
