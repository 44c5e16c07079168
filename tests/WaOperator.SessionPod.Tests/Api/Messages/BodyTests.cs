using System.Text;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api.Messages;

public sealed class BodyTests
{
    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("application/json; charset=\"utf-8\"", true)]
    [InlineData("application/json;charset=utf8", true)]
    [InlineData("Application/JSON; Charset=UTF-8; v=1", true)]
    [InlineData("application/json; charset=foo", false)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/jsonp", false)]
    [InlineData("text/plain", false)]
    [InlineData("application/json, text/plain", false)]
    [InlineData(";", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Json_in_utf8_is_taken(string? type, bool taken) =>
        JsonBody.IsJson(type).ShouldBe(taken);

    [Theory]
    [InlineData("""{"to":"4917012345","text":"a","text":"b"}""")]
    [InlineData("""{"to":"4917012345","text":1e400}""")]
    [InlineData("""{"to":["4917012345"],"text":"a"}""")]
    [InlineData("""{"to":"4917012345","text":null}""")]
    [InlineData("""{"to":"4917012345","text":"\ud800"}""")]
    [InlineData("""{"to":"4917012345","text":"a"} x""")]
    [InlineData("""{"to":"4917012345","text":"a",}""")]
    [InlineData("{\"to\":\"4917012345\",\"text\":\"\u0001\"}")]
    [InlineData("""{"To":"4917012345","Text":"a"}""")]
    [InlineData("\"\"")]
    [InlineData("1")]
    [InlineData(" ")]
    [InlineData("null")]
    public void What_is_no_message_is_refused_in_a_sentence(string body)
    {
        Outgoing.TryRead(Encoding.UTF8.GetBytes(body), out _, out var wrong).ShouldBeFalse();
        wrong.Detail.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void Any_bytes_give_a_message_or_a_sentence()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var good = Encoding.UTF8.GetBytes(
            """{"to":"4917012345","message":"CgJoaQ==","id":"3EB0000001"}"""
        );
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = good[..random.Next(good.Length + 1)];
            for (var n = random.Next(4); n > 0 && bytes.Length > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Outgoing
                .TryRead(bytes, out var message, out var wrong)
                .ShouldBe(wrong is null, $"seed {seed}: {Convert.ToHexString(bytes)}");
            (message is null).ShouldBe(wrong is not null);
        }
    }

    [Fact]
    public void A_byte_order_mark_is_no_fault() =>
        Outgoing
            .TryRead(
                [0xEF, 0xBB, 0xBF, .. """{"to":"4917012345","text":"a"}"""u8],
                out var draft,
                out _
            )
            .ShouldBe(draft is { Named: false });

    [Fact]
    public async Task The_longest_text_is_taken_however_it_is_escaped()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);

        foreach (
            var (text, status) in ((string, int)[])
                [
                    (string.Concat(Enumerable.Repeat(@"\u4f60", Fields.MaxText)), 202),
                    (string.Concat(Enumerable.Repeat(@"\ud83d\ude00", Fields.MaxText / 2)), 202),
                    (string.Concat(Enumerable.Repeat(@"\u4f60", Fields.MaxText + 1)), 400),
                    (new string('x', 600 * 1024), 413),
                ]
        )
        foreach (
            var type in (string[])
                ["application/json; charset=\"utf-8\"", "application/json;charset=utf8"]
        )
        {
            using var content = new ByteArrayContent(
                Encoding.ASCII.GetBytes($$"""{"to":"4917012345","text":"{{text}}"}""")
            );
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var (code, problem, _) = await api.AskAsync(
                HttpMethod.Post,
                $"/v1/sessions/ns/{session.Name}/messages",
                content
            );
            code.ShouldBe(status, $"{text[..12]} {problem?.ToJsonString()}");
        }
        foreach (var type in (string?[])["application/json; charset=foo", "text/plain", null])
        {
            using var content = new ByteArrayContent([.. "{}"u8]);
            if (type is not null)
                content.Headers.TryAddWithoutValidation("Content-Type", type);
            var (code, _, kind) = await api.AskAsync(
                HttpMethod.Post,
                $"/v1/sessions/ns/{session.Name}/messages",
                content
            );
            code.ShouldBe(415, type);
            kind.ShouldBe("application/problem+json", type);
        }
    }
}
