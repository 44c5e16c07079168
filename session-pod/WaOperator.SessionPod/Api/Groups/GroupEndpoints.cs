using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>Groups: make, list, look at, change, invite, join, leave. Their members are with <see cref="MemberEndpoints"/>.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class GroupEndpoints(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapGet("/groups", ListAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("listGroups")
            .WithSummary("List the groups that the account is a member of, without their members")
            .Produces<GroupsAnswer>()
            .Asks();
        session
            .MapPost("/groups", CreateAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("createGroup")
            .WithSummary("Make a group; says of each member whether it was added")
            .Accepts<CreateGroupRequest>("application/json")
            .Produces<CreatedGroupAnswer>(201)
            .Changes();
        session
            .MapGet("/groups/{id}", GetAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("getGroup")
            .WithSummary("Get a group with its members")
            .Produces<GroupAnswer>()
            .Asks();
        session
            .MapPatch("/groups/{id}", PatchAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("changeGroup")
            .WithSummary("Change what a group says of itself, and its rules")
            .Accepts<PatchGroupRequest>("application/json")
            .Produces<GroupAnswer>()
            .Changes();
        session
            .MapDelete("/groups/{id}", LeaveAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("leaveGroup")
            .WithSummary("Leave a group; the group continues to exist")
            .Produces(204)
            .Changes();
        session
            .MapGet("/groups/{id}/invite", InviteAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("getGroupInvite")
            .WithSummary("Get a group's invitation")
            .Produces<InviteAnswer>()
            .Asks();
        session
            .MapPost("/groups/{id}/invite", RevokeAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("revokeGroupInvite")
            .WithSummary("Make a group's invitation worthless, and get a new one")
            .Produces<InviteAnswer>()
            .Changes();
        session
            .MapPost("/groups/join", JoinAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("joinGroup")
            .WithSummary("Join a group by the code of its invitation")
            .Accepts<JoinGroupRequest>("application/json")
            .Produces<JoinedAnswer>()
            .Changes();
    }

    private Task<IResult> ListAsync(HttpContext http, string @namespace, string name) =>
        commands.AskAsync(
            http,
            async (social, ct) =>
                Json(
                    new GroupsAnswer([
                        .. (await social.ListGroupsAsync(ct)).Select(g =>
                            Outcomes.Show(g, members: false)
                        ),
                    ])
                )
        );

    private Task<IResult> CreateAsync(HttpContext http, string @namespace, string name) =>
        GroupCreation.RunAsync(
            http,
            commands,
            bodies,
            (social, subject, members, ct) => social.CreateGroupAsync(subject, members, ct)
        );

    private Task<IResult> GetAsync(HttpContext http, string @namespace, string name, string id) =>
        Addresses.Group(id) is { } group
            ? commands.AskAsync(
                http,
                async (social, ct) => Json(await social.GetGroupAsync(group, ct))
            )
            : NoGroup();

    private async Task<IResult> PatchAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        if (Addresses.Group(id) is not { } group)
            return Problems.NotAGroup();
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            GroupJson.Default.PatchGroupRequest,
            GroupRequests.Patch
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var settings = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                for (var i = 0; i < settings.Count; i++)
                {
                    try
                    {
                        await social.ChangeGroupAsync(group, settings[i].Setting, ct);
                    }
                    catch (QueryRefusedException e) when (i > 0)
                    {
                        return Problems.PartlyChanged(
                            Refusals.Words(e),
                            [.. settings.Take(i).Select(s => s.Pointer)],
                            settings[i].Pointer
                        );
                    }
                }
                return Json(await social.GetGroupAsync(group, ct));
            }
        );
    }

    private Task<IResult> LeaveAsync(HttpContext http, string @namespace, string name, string id) =>
        Addresses.Group(id) is { } group
            ? commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await social.LeaveGroupAsync(group, ct);
                    return Results.NoContent();
                }
            )
            : NoGroup();

    private Task<IResult> InviteAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) =>
        Addresses.Group(id) is { } group
            ? commands.AskAsync(
                http,
                async (social, ct) => Json(await social.InviteAsync(group, revoke: false, ct))
            )
            : NoGroup();

    private Task<IResult> RevokeAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) =>
        Addresses.Group(id) is { } group
            ? commands.ChangeAsync(
                http,
                async (social, ct) => Json(await social.InviteAsync(group, revoke: true, ct))
            )
            : NoGroup();

    private async Task<IResult> JoinAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            GroupJson.Default.JoinGroupRequest,
            GroupRequests.Code
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var code = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                var joined = await social.JoinGroupAsync(code, ct);
                return Results.Json(
                    new JoinedAnswer(joined is null ? "requested" : "joined", joined?.ToString()),
                    GroupJson.Default.JoinedAnswer
                );
            }
        );
    }

    private static Task<IResult> NoGroup() => Task.FromResult<IResult>(Problems.NotAGroup());

    private static IResult Json(GroupsAnswer groups) =>
        Results.Json(groups, GroupJson.Default.GroupsAnswer);

    private static IResult Json(GroupInfo group) =>
        Results.Json(Outcomes.Show(group, members: true), GroupJson.Default.GroupAnswer);

    private static IResult Json(string code) =>
        Results.Json(
            new InviteAnswer(code, GroupRequests.LinkOf(code)),
            GroupJson.Default.InviteAnswer
        );
}
