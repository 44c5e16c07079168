using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Groups;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Communities;

/// <summary>Reads the requests about communities; what is wrong goes to the faults. Pure.</summary>
internal static class CommunityRequests
{
    /// <summary>A new community.</summary>
    public static NewCommunity Create(CreateCommunityRequest request, Faults faults)
    {
        GroupRequests.CheckSubject(request.Subject, faults);
        var description = request.Description ?? "";
        Addresses.CheckText(
            description,
            GroupRequests.MaxDescription,
            lines: true,
            "#/description",
            faults
        );
        return new(request.Subject ?? "")
        {
            Description = description,
            GroupsNeedApproval = request.GroupsNeedApproval,
            MembersMayMakeGroups = request.MembersMayMakeGroups,
            WithGeneralChat = request.GeneralChat,
        };
    }

    /// <summary>Whom to take out.</summary>
    public static List<Jid> Remove(RemoveMembersRequest request, Faults faults)
    {
        GroupRequests.CheckSome(request.Remove?.Count ?? 0, faults);
        return Addresses.Accounts(request.Remove, "#/remove", [], faults);
    }
}
