using System.Text.Json.Nodes;

namespace WaOperator.Interop.Api;

/// <summary>The rows' commands about groups as calls of the API.</summary>
internal sealed class ApiGroupCommands(ApiSession session)
{
    /// <summary>Runs one.</summary>
    /// <exception cref="CellException">It was refused, or there is no such call.</exception>
    public Task<JsonObject> RunAsync(string command, JsonObject asked) =>
        command switch
        {
            "group" => CreateAsync(asked, "/groups"),
            "group-info" => InfoAsync(asked),
            "group-subject" => session.CallAsync(
                HttpMethod.Patch,
                PathOf(asked),
                new { subject = ApiCommands.Text(asked, "subject") }
            ),
            "group-promote" => MembersAsync(asked, "promote", "promoted"),
            "group-remove" => MembersAsync(asked, "remove", "removed"),
            "group-invite" => session.CallAsync(HttpMethod.Get, PathOf(asked) + "/invite"),
            "group-join" => session.CallAsync(
                HttpMethod.Post,
                "/groups/join",
                new { code = ApiCommands.Text(asked, "code") }
            ),
            "group-leave" => session.CallAsync(HttpMethod.Delete, PathOf(asked)),
            "community" => CommunityAsync(asked),
            "community-group" => CreateAsync(asked, CommunityOf(asked) + "/groups"),
            "community-link" => session.CallAsync(HttpMethod.Put, GroupOf(asked)),
            "community-unlink" => session.CallAsync(HttpMethod.Delete, GroupOf(asked)),
            "community-groups" => GroupsAsync(asked),
            "community-leave" => session.CallAsync(HttpMethod.Delete, CommunityOf(asked)),
            _ => throw new CellException($"the API has no call for {command}"),
        };

    private static string PathOf(JsonObject asked) =>
        "/groups/" + Uri.EscapeDataString(ApiCommands.Text(asked, "group"));

    private static string CommunityOf(JsonObject asked) =>
        "/communities/" + Uri.EscapeDataString(ApiCommands.Text(asked, "community"));

    private static string GroupOf(JsonObject asked) =>
        $"{CommunityOf(asked)}/groups/{Uri.EscapeDataString(ApiCommands.Text(asked, "group"))}";

    private async Task<JsonObject> CommunityAsync(JsonObject asked)
    {
        var made = await session.CallAsync(HttpMethod.Post, "/communities", asked);
        return new() { ["group"] = new JsonObject { ["id"] = (string?)made["id"] } };
    }

    private async Task<JsonObject> GroupsAsync(JsonObject asked)
    {
        var listed = await session.CallAsync(HttpMethod.Get, CommunityOf(asked) + "/groups");
        return new() { ["groups"] = listed["data"]!.DeepClone() };
    }

    private async Task<JsonObject> CreateAsync(JsonObject asked, string path)
    {
        var made = await session.CallAsync(
            HttpMethod.Post,
            path,
            new JsonObject
            {
                ["subject"] = asked["subject"]!.DeepClone(),
                ["members"] = asked["members"]!.DeepClone(),
            }
        );
        Check(made, "added");
        return new() { ["group"] = new JsonObject { ["id"] = (string?)made["id"] } };
    }

    private async Task<JsonObject> MembersAsync(JsonObject asked, string action, string outcome)
    {
        var done = await session.CallAsync(
            HttpMethod.Post,
            PathOf(asked) + "/members",
            new JsonObject { [action] = asked["members"]!.DeepClone() }
        );
        Check(done, outcome);
        return done;
    }

    private static void Check(JsonObject answer, string outcome)
    {
        foreach (var member in answer["members"]!.AsArray())
            Expect.Equal(outcome, (string?)member!["outcome"], "what became of the member");
    }

    private async Task<JsonObject> InfoAsync(JsonObject asked)
    {
        var group = await session.CallAsync(HttpMethod.Get, PathOf(asked));
        return new()
        {
            ["group"] = new JsonObject
            {
                ["id"] = (string?)group["id"],
                ["subject"] = (string?)group["subject"],
                ["addressingMode"] = (string?)group["addressing"] is "phone"
                    ? "pn"
                    : (string?)group["addressing"],
                ["linkedParent"] = (string?)group["community"],
                ["participants"] = new JsonArray([
                    .. group["members"]!.AsArray().Select(m => (JsonNode)Participant(m!)),
                ]),
            },
        };
    }

    private static JsonObject Participant(JsonNode member) =>
        new()
        {
            ["id"] = (string?)member["phone"] is { } phone
                ? $"{phone}@s.whatsapp.net"
                : (string?)member["lid"],
            ["admin"] = (string?)member["role"] is "member" ? null : (string?)member["role"],
        };
}
