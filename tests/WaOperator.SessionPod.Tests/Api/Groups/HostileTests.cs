using System.Text;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Chats;
using WaOperator.SessionPod.Api.Contacts;
using WaOperator.SessionPod.Api.Groups;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api.Groups;

/// <summary>Bodies that no client of good will sends.</summary>
public sealed class HostileTests
{
    private static readonly (HttpMethod Method, string Path)[] Endpoints =
    [
        (HttpMethod.Post, "/groups"),
        (HttpMethod.Patch, "/groups/120399@g.us"),
        (HttpMethod.Post, "/groups/120399@g.us/members"),
        (HttpMethod.Post, "/groups/120399@g.us/requests"),
        (HttpMethod.Post, "/groups/join"),
        (HttpMethod.Post, "/contacts/check"),
        (HttpMethod.Post, "/read"),
        (HttpMethod.Post, "/typing"),
        (HttpMethod.Post, "/presence"),
        (HttpMethod.Patch, "/profile"),
        (HttpMethod.Patch, "/privacy"),
    ];

    private static readonly string[] Bodies =
    [
        "",
        "null",
        "[]",
        "{",
        "{}",
        "5",
        """{"colour":"red"}""",
        """{"subject":1,"members":{},"add":5,"code":[],"numbers":"x","chat":{},"state":1,"available":"yes","name":[]}""",
        """{"subject":"a","subject":"b"}""",
        """{"subject":"\ud800","name":"\ud800","code":"\ud800"}""",
        """{"\ud800":1}""",
        """{"subject":"a\u0000b","members":[]}""",
        """{"members":[null],"subject":"a"}""",
        """{"add":[null,""," ","@","@g.us","x@lid","1@s.whatsapp.net","+"]}""",
        """{"approve":["120399@g.us"]}""",
        """{"numbers":[null]}""",
        """{"numbers":[]}""",
        """{"chat":"status@broadcast","messages":["x"],"state":"composing"}""",
        """{"chat":"120399@g.us","messages":["x"]}""",
        """{"chat":"491701234567","messages":["x@y"]}""",
        """{"code":"../../x"}""",
        """{"name":"a@lid"}""",
        """{"disappearAfter":1e400}""",
        """{"disappearAfter":5}""",
        """{"memberAddMode":"none"}""",
        "{\"subject\":\"" + "\\ud83d\\ude00".Repeat(101) + "\"}",
        "[".Repeat(2000),
        "{\"add\":[" + "\"491701234567\",".Repeat(2000) + "\"1\"]}",
    ];

    [Fact]
    public async Task Are_answered_with_a_problem_and_do_nothing()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var session = await rooms.World.PairedAsync(0);

        foreach (var (method, path) in Endpoints)
        foreach (var body in Bodies)
        {
            var (status, problem) = await rooms.AskAsync(method, session, path, body);
            var about = $"{method} {path} {body[..Math.Min(body.Length, 60)]}";
            status.ShouldBe(400, about);
            ((string?)problem!["type"]).ShouldBe("urn:wa:problem:invalid-body", about);
            ((string?)problem["errors"]![0]!["pointer"])!.ShouldStartWith(
                "#",
                Case.Sensitive,
                about
            );
            (await rooms.RefusedAsync(415, method, session, path)).ShouldBe("media-type");
        }
        foreach (var id in (string[])["x", "%00", "1@lid", "120399@g.us@g.us", "%F0%9F%98%80"])
        foreach (var path in (string[])["", "/invite", "/requests"])
            (
                await rooms.AskAsync(HttpMethod.Get, session, $"/groups/{id}{path}")
            ).Status.ShouldBeOneOf(400, 404);
        foreach (var phone in (string[])["x", "0", "1@lid", "%20", new string('4', 200)])
            (await rooms.AskAsync(HttpMethod.Put, session, $"/blocks/{phone}")).Status.ShouldBe(
                400
            );
        rooms.World.Simulator.Server.Groups.All.ShouldBeEmpty();
    }

    [Fact]
    public void Any_bytes_give_a_request_or_what_is_wrong_with_it()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        foreach (var body in Bodies)
            for (var i = 0; i < 200; i++)
            {
                var bytes = Encoding.UTF8.GetBytes(body);
                bytes = bytes[..random.Next(bytes.Length + 1)];
                for (var n = random.Next(4); n > 0 && bytes.Length > 0; n--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                var about = $"seed {seed}: {Convert.ToHexString(bytes)}";
                Should.NotThrow(() => ReadAll(bytes), about);
            }
    }

    private static void ReadAll(byte[] bytes)
    {
        var faults = new Faults();
        if (TypedBody.Parse(bytes, GroupJson.Default.CreateGroupRequest).Value is { } create)
            GroupRequests.Create(create, faults);
        if (TypedBody.Parse(bytes, GroupJson.Default.PatchGroupRequest).Value is { } patch)
            GroupRequests.Patch(patch, faults);
        if (TypedBody.Parse(bytes, GroupJson.Default.ChangeMembersRequest).Value is { } change)
            GroupRequests.Members(change, faults);
        if (TypedBody.Parse(bytes, GroupJson.Default.AnswerRequestsRequest).Value is { } answer)
            GroupRequests.Answers(answer, faults);
        if (TypedBody.Parse(bytes, GroupJson.Default.JoinGroupRequest).Value is { } join)
            GroupRequests.Code(join, faults);
        if (TypedBody.Parse(bytes, ContactJson.Default.CheckNumbersRequest).Value is { } check)
            ContactEndpoints.ReadNumbers(check, faults);
        if (TypedBody.Parse(bytes, ChatJson.Default.ReadRequest).Value is { } read)
            ChatRequests.Read(read, faults);
        if (TypedBody.Parse(bytes, ChatJson.Default.TypingRequest).Value is { } typing)
            ChatRequests.Typing(typing, faults);
        if (TypedBody.Parse(bytes, ChatJson.Default.ProfileRequest).Value is { } profile)
            ChatRequests.Profile(profile, faults);
        if (TypedBody.Parse(bytes, ChatJson.Default.ChatChange).Value is { } shown)
            ChatRequests.Shown(shown, DateTimeOffset.UnixEpoch, faults);
        if (TypedBody.Parse(bytes, ContactJson.Default.SaveContactRequest).Value is { } saved)
            SavedContactEndpoints.Read(saved, faults);
        _ = faults.Problem;
    }

    [Theory]
    [InlineData(null, "#")]
    [InlineData("$", "#")]
    [InlineData("$.members[0]", "#/members/0")]
    [InlineData("$.a.b[12].c", "#/a/b/12/c")]
    [InlineData("$['odd name'][0]", "#")]
    [InlineData("$.members['x']", "#/members")]
    public void Paths_of_the_reader_are_pointers(string? path, string expected) =>
        Faults.PointerOf(path).ShouldBe(expected);
}

file static class Texts
{
    public static string Repeat(this string text, int times) =>
        string.Concat(Enumerable.Repeat(text, times));
}
