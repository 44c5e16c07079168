using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>Makes a group as a request says, by itself or in a community.</summary>
internal static class GroupCreation
{
    /// <summary>Reads the request, has the group made, and says what became of each member.</summary>
    /// <param name="http">The request.</param>
    /// <param name="commands">Asks WhatsApp's server.</param>
    /// <param name="bodies">Counts the bodies that are read.</param>
    /// <param name="create">Makes a group of this name with these members.</param>
    public static async Task<IResult> RunAsync(
        HttpContext http,
        Commands commands,
        BodyShares bodies,
        Func<
            ISocialTransport,
            string,
            IReadOnlyCollection<Jid>,
            CancellationToken,
            Task<GroupInfo>
        > create
    )
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            GroupJson.Default.CreateGroupRequest,
            GroupRequests.Create
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var (subject, members) = body.Asked;
        if (await MemberRules.RefusalAsync(http, members, "#/members") is { } refusal)
            return refusal;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                var group = await create(social, subject, members, ct);
                return Results.Json(
                    new CreatedGroupAnswer(
                        group.Jid.ToString(),
                        group.Subject,
                        Outcomes.OfCreation(group, members)
                    ),
                    GroupJson.Default.CreatedGroupAnswer,
                    statusCode: 201
                );
            }
        );
    }
}
