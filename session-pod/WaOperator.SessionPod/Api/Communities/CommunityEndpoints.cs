using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Groups;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Communities;

/// <summary>Communities: make, list, look at, leave, and their members. Their groups are with <see cref="CommunityGroupEndpoints"/>.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class CommunityEndpoints(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapGet("/communities", ListAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("listCommunities")
            .WithSummary("List the communities that the account is a member of")
            .Produces<GroupsAnswer>()
            .Asks();
        session
            .MapPost("/communities", CreateAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("createCommunity")
            .WithSummary("Make a community, with its group for announcements")
            .WithDescription(
                "Messages go to a community's groups, never to itself: its announcements to the group of the kind announcements, which listCommunityGroups names."
            )
            .Accepts<CreateCommunityRequest>("application/json")
            .Produces<GroupAnswer>(201)
            .Changes();
        session
            .MapGet("/communities/{id}", GetAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("getCommunity")
            .WithSummary("Get a community")
            .WithDescription(
                "Its name and description are changed as those of a group: changeGroup."
            )
            .Produces<GroupAnswer>()
            .Asks();
        session
            .MapDelete("/communities/{id}", LeaveAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("leaveCommunity")
            .WithSummary("Leave a community and all of its groups; they continue to exist")
            .Produces(204)
            .Changes();
        session
            .MapGet("/communities/{id}/members", MembersAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("listCommunityMembers")
            .WithSummary("List the members of all groups of a community, each once")
            .Produces<CommunityMembersAnswer>()
            .Asks();
        session
            .MapPost("/communities/{id}/members", RemoveAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("removeCommunityMembers")
            .WithSummary("Remove members from a community and all of its groups")
            .WithDescription("Members are added to its groups: changeGroupMembers.")
            .Accepts<RemoveMembersRequest>("application/json")
            .Produces<MemberOutcomesAnswer>()
            .Changes();
    }

    /// <summary>The answer for an address that is no group's.</summary>
    public static Task<IResult> NoGroup() => Task.FromResult<IResult>(Problems.NotAGroup());

    private Task<IResult> ListAsync(HttpContext http, string @namespace, string name) =>
        commands.AskAsync(
            http,
            async (social, ct) =>
                Results.Json(
                    new GroupsAnswer([
                        .. (await social.ListGroupsAsync(ct))
                            .Where(g => g.IsCommunity)
                            .Select(g => Outcomes.Show(g, members: false)),
                    ]),
                    GroupJson.Default.GroupsAnswer
                )
        );

    private async Task<IResult> CreateAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            CommunityJson.Default.CreateCommunityRequest,
            CommunityRequests.Create
        );
        if (body.Refusal is { } wrong)
            return wrong;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
                Json(await social.Communities.CreateAsync(body.Asked, ct), statusCode: 201)
        );
    }

    private Task<IResult> GetAsync(HttpContext http, string @namespace, string name, string id) =>
        Addresses.Group(id) is { } community
            ? commands.AskAsync(
                http,
                async (social, ct) =>
                    await social.GetGroupAsync(community, ct) is { IsCommunity: true } found
                        ? Json(found, statusCode: 200)
                        : Problems.NotACommunity()
            )
            : NoGroup();

    private Task<IResult> LeaveAsync(HttpContext http, string @namespace, string name, string id) =>
        Addresses.Group(id) is { } community
            ? commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await social.Communities.LeaveAsync(community, ct);
                    return Results.NoContent();
                }
            )
            : NoGroup();

    private Task<IResult> MembersAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) =>
        Addresses.Group(id) is { } community
            ? commands.AskAsync(
                http,
                async (social, ct) =>
                    Results.Json(
                        new CommunityMembersAnswer([
                            .. (await social.Communities.ListMembersAsync(community, ct)).Select(
                                Outcomes.Show
                            ),
                        ]),
                        CommunityJson.Default.CommunityMembersAnswer
                    )
            )
            : NoGroup();

    private async Task<IResult> RemoveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        if (Addresses.Group(id) is not { } community)
            return Problems.NotAGroup();
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            CommunityJson.Default.RemoveMembersRequest,
            CommunityRequests.Remove
        );
        if (body.Refusal is { } wrong)
            return wrong;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
                Results.Json(
                    new MemberOutcomesAnswer([
                        .. Outcomes.OfChange(
                            body.Asked,
                            "remove",
                            "removed",
                            await social.Communities.RemoveAsync(community, body.Asked, ct)
                        ),
                    ]),
                    GroupJson.Default.MemberOutcomesAnswer
                )
        );
    }

    private static IResult Json(GroupInfo community, int statusCode) =>
        Results.Json(
            Outcomes.Show(community, members: false),
            GroupJson.Default.GroupAnswer,
            statusCode: statusCode
        );
}
