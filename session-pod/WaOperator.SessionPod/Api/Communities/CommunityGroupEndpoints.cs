using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Groups;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Communities;

/// <summary>The groups of communities: list, make, take in, let out.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class CommunityGroupEndpoints(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapGet("/communities/{id}/groups", ListAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("listCommunityGroups")
            .WithSummary("List the groups of a community, the one for announcements with them")
            .Produces<CommunityGroupsAnswer>()
            .Asks();
        session
            .MapPost("/communities/{id}/groups", CreateAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("createCommunityGroup")
            .WithSummary("Make a group in a community; says of each member whether it was added")
            .WithDescription("Its members become members of the community.")
            .Accepts<CreateGroupRequest>("application/json")
            .Produces<CreatedGroupAnswer>(201)
            .Changes();
        session
            .MapPut("/communities/{id}/groups/{group}", LinkAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("linkCommunityGroup")
            .WithSummary("Take a group into a community")
            .WithDescription(
                "For admins of both. Its members become members of the community. 409 if it is in a community already, this one too."
            )
            .Produces(204)
            .Changes();
        session
            .MapDelete("/communities/{id}/groups/{group}", UnlinkAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("unlinkCommunityGroup")
            .WithSummary("Let a group out of a community; its members stay in both")
            .Produces(204)
            .Changes();
    }

    private Task<IResult> ListAsync(HttpContext http, string @namespace, string name, string id) =>
        Addresses.Group(id) is { } community
            ? commands.AskAsync(
                http,
                async (social, ct) =>
                    Results.Json(
                        new CommunityGroupsAnswer([
                            .. (await social.Communities.ListGroupsAsync(community, ct)).Select(
                                g => new CommunityGroupAnswer(
                                    g.Jid.ToString(),
                                    g.Subject,
                                    g.IsAnnouncementGroup ? "announcements" : "group",
                                    g.Size
                                )
                            ),
                        ]),
                        CommunityJson.Default.CommunityGroupsAnswer
                    )
            )
            : CommunityEndpoints.NoGroup();

    private async Task<IResult> CreateAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        if (Addresses.Group(id) is not { } community)
            return Problems.NotAGroup();
        return await GroupCreation.RunAsync(
            http,
            commands,
            bodies,
            (social, subject, members, ct) =>
                social.Communities.CreateGroupAsync(community, subject, members, ct)
        );
    }

    private Task<IResult> LinkAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id,
        string group
    ) => ChangeAsync(http, id, group, (c, community, one, ct) => c.LinkAsync(community, one, ct));

    private Task<IResult> UnlinkAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id,
        string group
    ) => ChangeAsync(http, id, group, (c, community, one, ct) => c.UnlinkAsync(community, one, ct));

    private Task<IResult> ChangeAsync(
        HttpContext http,
        string id,
        string group,
        Func<ICommunityTransport, Jid, Jid, CancellationToken, Task> change
    ) =>
        (Addresses.Group(id), Addresses.Group(group)) is ({ } community, { } one)
            ? commands.ChangeAsync(
                http,
                async (social, ct) =>
                {
                    await change(social.Communities, community, one, ct);
                    return Results.NoContent();
                }
            )
            : CommunityEndpoints.NoGroup();
}
