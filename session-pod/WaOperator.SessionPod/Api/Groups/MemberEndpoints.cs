using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>Members of groups, and those who ask to join.</summary>
/// <param name="commands">Asks WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class MemberEndpoints(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPost("/groups/{id}/members", ChangeMembersAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("changeGroupMembers")
            .WithSummary("Add, remove, promote and demote; says of each what became of it")
            .Accepts<ChangeMembersRequest>("application/json")
            .Produces<MemberOutcomesAnswer>()
            .Changes();
        session
            .MapGet("/groups/{id}/requests", RequestsAsync)
            .Requiring(ApiScopes.GroupsRead)
            .WithName("listGroupRequests")
            .WithSummary("List who asks to join a group whose admins must agree")
            .Produces<JoinRequestsAnswer>()
            .Asks();
        session
            .MapPost("/groups/{id}/requests", AnswerRequestsAsync)
            .Requiring(ApiScopes.GroupsWrite)
            .WithName("answerGroupRequests")
            .WithSummary("Let in who asked to join, or do not")
            .Accepts<AnswerRequestsRequest>("application/json")
            .Produces<MemberOutcomesAnswer>()
            .Changes();
    }

    private async Task<IResult> ChangeMembersAsync(
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
            GroupJson.Default.ChangeMembersRequest,
            GroupRequests.Members
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var steps = body.Asked;
        if (
            steps.Find(s => s.Action == MemberAction.Add) is { } adding
            && await MemberRules.RefusalAsync(http, adding.Members, adding.Pointer) is { } refusal
        )
            return refusal;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
                Json(
                    await MemberSteps.RunAsync(
                        [
                            .. steps.Select(s =>
                            {
                                var (action, done) = MemberSteps.Words(s.Action);
                                return (action, done, s.Members);
                            }),
                        ],
                        i => social.ChangeMembersAsync(group, steps[i].Action, steps[i].Members, ct)
                    )
                )
        );
    }

    private Task<IResult> RequestsAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) =>
        Addresses.Group(id) is { } group
            ? commands.AskAsync(
                http,
                async (social, ct) =>
                    Results.Json(
                        new JoinRequestsAnswer([
                            .. (await social.ListRequestsAsync(group, ct)).Select(
                                r => new JoinRequestAnswer(
                                    Addresses.Phone(r.Phone),
                                    Addresses.Lid(r.Lid),
                                    r.Requested
                                )
                            ),
                        ]),
                        GroupJson.Default.JoinRequestsAnswer
                    )
            )
            : Task.FromResult<IResult>(Problems.NotAGroup());

    private async Task<IResult> AnswerRequestsAsync(
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
            GroupJson.Default.AnswerRequestsRequest,
            GroupRequests.Answers
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var (approve, reject) = body.Asked;
        (string Action, string Done, IReadOnlyList<Jid> Members)[] steps =
        [
            .. new[] { ("approve", "approved", approve), ("reject", "rejected", reject) }
                .Where(s => s.Item3.Count > 0)
                .Select(s => (s.Item1, s.Item2, (IReadOnlyList<Jid>)s.Item3)),
        ];
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
                Json(
                    await MemberSteps.RunAsync(
                        steps,
                        i =>
                            social.AnswerRequestsAsync(
                                group,
                                approve: steps[i].Action == "approve",
                                steps[i].Members,
                                ct
                            )
                    )
                )
        );
    }

    private static IResult Json(List<MemberOutcome> outcomes) =>
        Results.Json(new MemberOutcomesAnswer(outcomes), GroupJson.Default.MemberOutcomesAnswer);
}
