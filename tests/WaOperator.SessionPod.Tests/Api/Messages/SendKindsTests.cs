using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>Each kind from one session to another over the simulator, and what the other one is told.</summary>
public sealed class SendKindsTests
{
    [Fact]
    public async Task Each_kind_arrives_as_what_it_is()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var ana = await world.PairedAsync(0);
        var ben = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var toBen = await api.FollowAsync(ben.Name, 0);

        foreach (
            var (kind, seen, value) in ((string, string, string)[])
                [
                    (""" "text":"plain" """, "text", "plain"),
                    (
                        """ "text":{"body":"see https://ex.org","preview":{"url":"https://ex.org","title":"Ex"}} """,
                        "text",
                        "https://ex.org"
                    ),
                    (
                        """ "location":{"latitude":52.5,"longitude":13.4,"name":"here"} """,
                        "location",
                        "52.5"
                    ),
                    (
                        """ "contacts":[{"name":"Cleo","phones":["+49152000000"]}] """,
                        "contact",
                        "waid=49152000000"
                    ),
                    (""" "poll":{"name":"When?","options":["Mon","Tue"]} """, "poll", "Tue"),
                    (
                        """ "event":{"name":"Demo","startsAt":"2026-12-01T09:00:00Z"} """,
                        "event",
                        "Demo"
                    ),
                    (""" "raw":"CgNyYXc=" """, "text", "raw"),
                ]
        )
        {
            var (status, answer) = await PostAsync(api, ana, ben, kind);
            status.ShouldBe(202, $"{kind} {answer}");
            var (type, data) = await NextAsync(toBen, (string)answer!["id"]!);
            type.ShouldBe("message", kind);
            ((string?)data["content"]!["kind"])!
                .ToLowerInvariant()
                .ShouldBe(seen, data.ToJsonString());
            data["content"]!.ToJsonString().ShouldContain(value);
        }
    }

    [Fact]
    public async Task What_was_seen_is_written_about_by_its_id_alone()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var ana = await world.PairedAsync(0);
        var ben = await world.PairedAsync(0);
        var cleo = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var toAna = await api.FollowAsync(ana.Name, 0);
        using var toBen = await api.FollowAsync(ben.Name, 0);

        // Ana's messages, in her outbox and in Ben's journal.
        var said = await api.TextAsync(ana.Name, ben.Phone, "said");
        await NextAsync(toBen, said);
        var poll = (string)
            (await TakenAsync(ana, ben, """ "poll":{"name":"When?","options":["Mon","Tue"]} """))![
                "id"
            ]!;
        await NextAsync(toBen, poll);

        var reply = await TellAsync(ben, ana, toAna, $$""" "text":"yes","replyTo":"{{said}}" """);
        ((string?)reply["content"]!["quoted"]!["id"]).ShouldBe(said);
        reply["content"]!["quoted"]!.ToJsonString().ShouldContain("\"said\"");
        var reaction = await TellAsync(
            ben,
            ana,
            toAna,
            $$$""" "reaction":{"message":"{{{said}}}","emoji":"+"} """
        );
        ((string?)reaction["content"]!["target"]!["id"]).ShouldBe(said);
        ((string?)reaction["content"]!["reaction"]).ShouldBe("+");
        var vote = await TellAsync(
            ben,
            ana,
            toAna,
            $$$""" "vote":{"poll":"{{{poll}}}","options":["Tue"]} """
        );
        ((string?)vote["content"]!["target"]!["id"]).ShouldBe(poll);
        var edit = await TellAsync(
            ana,
            ben,
            toBen,
            $$$""" "edit":{"message":"{{{said}}}","text":"new"} """
        );
        ((string?)edit["content"]!["text"]).ShouldBe("new");
        var forward = await TellAsync(
            ben,
            ana,
            toAna,
            $$$""" "forward":{"message":"{{{said}}}"} """
        );
        ((string?)forward["content"]!["text"]).ShouldBe("said");
        ((int?)forward["content"]!["forwarded"]).ShouldBe(1);
        var delete = await TellAsync(ana, ben, toBen, $$$""" "delete":{"message":"{{{said}}}"} """);
        ((string?)delete["content"]!["target"]!["id"]).ShouldBe(said);

        // Not hers to change, not in this chat, never seen.
        await RefusedAsync(
            ben,
            ana,
            $$$""" "edit":{"message":"{{{said}}}","text":"x"} """,
            400,
            "#/edit/message"
        );
        await RefusedAsync(
            ben,
            ana,
            $$$""" "delete":{"message":"{{{said}}}"} """,
            400,
            "#/delete/message"
        );
        await RefusedAsync(
            ben,
            cleo,
            $$$""" "reaction":{"message":"{{{said}}}","emoji":"+"} """,
            400,
            "#/reaction/message"
        );
        await RefusedAsync(
            ben,
            ana,
            $$$""" "vote":{"poll":"{{{poll}}}","options":["Wed"]} """,
            400,
            "#/vote/options/0"
        );
        await RefusedAsync(
            ben,
            ana,
            $$$""" "vote":{"poll":"{{{said}}}","options":["Wed"]} """,
            400,
            "#/vote/poll"
        );
        await RefusedAsync(ben, ana, """ "text":"x","replyTo":"3EB0FFFFFF" """, 404, "#/replyTo");
        await RefusedAsync(ben, ana, """ "image":{"media":"med_1"} """, 404, "#/image/media");
        // Described, it is written about all the same.
        var blind = await TellAsync(
            ben,
            ana,
            toAna,
            $$$""" "text":"x","replyTo":{"id":"3EB0FFFFFF","from":"{{{ana.Phone}}}","text":"old"} """
        );
        blind["content"]!["quoted"]!.ToJsonString().ShouldContain("\"old\"");

        async Task<JsonNode> TellAsync(
            TestSession from,
            TestSession to,
            EventReader reader,
            string kind
        )
        {
            var taken = await TakenAsync(from, to, kind);
            return (await NextAsync(reader, (string)taken!["id"]!)).Data;
        }

        async Task<JsonNode?> TakenAsync(TestSession from, TestSession to, string kind)
        {
            var (status, body) = await PostAsync(api, from, to, kind);
            status.ShouldBe(202, $"{kind} {body?.ToJsonString()}");
            return body;
        }

        async Task RefusedAsync(
            TestSession from,
            TestSession to,
            string kind,
            int code,
            string pointer
        )
        {
            var (status, body) = await PostAsync(api, from, to, kind);
            status.ShouldBe(code, $"{kind} {body?.ToJsonString()}");
            ((string?)body!["errors"]![0]!["pointer"]).ShouldBe(pointer);
        }
    }

    private static async Task<(int Status, JsonNode? Body)> PostAsync(
        ApiClient api,
        TestSession from,
        TestSession to,
        string kind
    )
    {
        using var content = new StringContent(
            $$"""{"to":"{{to.Phone}}",{{kind}}}""",
            System.Text.Encoding.UTF8,
            "application/json"
        );
        var (status, body, _) = await api.AskAsync(
            HttpMethod.Post,
            $"/v1/sessions/ns/{from.Name}/messages",
            content
        );
        return (status, body);
    }

    /// <summary>The message of that id, when it comes.</summary>
    private static async Task<(string Type, JsonNode Data)> NextAsync(EventReader reader, string id)
    {
        while (await reader.NextAsync() is { } seen)
            if (seen.Type == "message" && (string?)seen.Data["id"] == id)
                return (seen.Type, seen.Data);
        throw new ShouldAssertException($"the stream ended without {id}");
    }
}
