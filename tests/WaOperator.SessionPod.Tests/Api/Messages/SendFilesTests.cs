using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>Files that were uploaded, sent from one session to another and loaded there.</summary>
public sealed class SendFilesTests
{
    [Fact]
    public async Task A_file_is_sent_by_its_id_and_arrives_byte_for_byte()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        using var files = new MediaClient(pod.Api);
        using var toBen = await api.FollowAsync(ben.Name, 0);
        byte[] picture = [0xFF, 0xD8, 0xFF, 0xE0, .. RandomNumberGenerator.GetBytes(70_000)];
        var paper = RandomNumberGenerator.GetBytes(70_000);

        var image = await UploadAsync(picture, "image/jpeg");
        var document = await UploadAsync(paper, "application/pdf");
        foreach (
            var (kind, caption, bytes) in ((string, string, byte[])[])
                [
                    ($$$""" "image":{"media":"{{{image}}}","caption":"look"} """, "look", picture),
                    ($$$""" "image":{"media":"{{{image}}}"},"viewOnce":true """, "", picture),
                    (
                        $$$""" "document":{"media":"{{{document}}}","fileName":"a.pdf"} """,
                        "a.pdf",
                        paper
                    ),
                ]
        )
        {
            var (status, answer) = await SendAsync(kind);
            status.ShouldBe(202, $"{kind} {answer?.ToJsonString()}");
            var seen = await NextAsync((string)answer!["id"]!);
            var content = seen["content"]!;
            content.ToJsonString().ShouldContain(caption);
            var loaded = await files.LoadAsync(ben.Name, (string)content["media"]!["id"]!);
            loaded.Status.ShouldBe(200);
            loaded.Bytes.AsSpan().SequenceEqual(bytes).ShouldBeTrue(kind);
        }

        var (other, wrong) = await SendAsync($$$""" "sticker":{"media":"{{{document}}}"} """);
        other.ShouldBe(400);
        ((string?)wrong!["errors"]![0]!["pointer"]).ShouldBe("#/sticker/media");
        var (none, unknown) = await SendAsync(""" "image":{"media":"med_1"} """);
        none.ShouldBe(404);
        ((string?)unknown!["type"]).ShouldBe("urn:wa:problem:unknown-media");

        async Task<string> UploadAsync(byte[] bytes, string type)
        {
            var answer = await files.UploadAsync(ana.Name, new ByteArrayContent(bytes), type);
            answer.Status.ShouldBe(201);
            return (string)answer.Json["id"]!;
        }

        async Task<(int, JsonNode?)> SendAsync(string kind)
        {
            using var content = new StringContent(
                $$"""{"to":"{{ben.Phone}}",{{kind}}}""",
                Encoding.UTF8,
                "application/json"
            );
            var (status, body, _) = await api.AskAsync(
                HttpMethod.Post,
                $"/v1/sessions/ns/{ana.Name}/messages",
                content
            );
            return (status, body);
        }

        async Task<JsonNode> NextAsync(string id)
        {
            while (await toBen.NextAsync() is { } seen)
                if (seen.Type == "message" && (string?)seen.Data["id"] == id)
                    return seen.Data;
            throw new ShouldAssertException($"the stream ended without {id}");
        }
    }
}
