using WaOperator.SessionPod.Api.Broadcasts;
using WaOperator.SessionPod.Api.Calls;
using WaOperator.SessionPod.Api.Chats;
using WaOperator.SessionPod.Api.Communities;
using WaOperator.SessionPod.Api.Contacts;
using WaOperator.SessionPod.Api.Groups;
using WaOperator.SessionPod.Api.Profile;
using WaOperator.SessionPod.Hosting;

namespace WaOperator.SessionPod.Api;

/// <summary>What the tenants' API does beside messages: groups, communities, contacts, presence, calls, pictures, broadcasts.</summary>
internal sealed class RoomEndpoints(
    GroupEndpoints groups,
    MemberEndpoints members,
    CommunityEndpoints communities,
    CommunityGroupEndpoints communityGroups,
    ContactEndpoints contacts,
    SavedContactEndpoints saved,
    ChatEndpoints chats,
    ChatChangeEndpoints changes,
    ChatRemovalEndpoints removals,
    OlderEndpoint older,
    LabelEndpoints labels,
    QuickReplyEndpoints quickReplies,
    CallEndpoints calls,
    PictureEndpoints pictures,
    ProfileEndpoints profiles,
    BroadcastEndpoints broadcasts
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var session = app.MapGroup("/v1/sessions/{namespace}/{name}")
            .ServedOn(PodPort.Api)
            .ActingForSession();
        groups.Map(session);
        members.Map(session);
        communities.Map(session);
        communityGroups.Map(session);
        contacts.Map(session);
        saved.Map(session);
        chats.Map(session);
        changes.Map(session);
        removals.Map(session);
        older.Map(session);
        labels.Map(session);
        quickReplies.Map(session);
        calls.Map(session);
        pictures.Map(session);
        profiles.Map(session);
        broadcasts.Map(session);
        ChatListEndpoints.Map(session);
        ContactListEndpoints.Map(session);
    }

    /// <summary>Registers them.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<Asking.Commands>();
        services.AddSingleton<GroupEndpoints>();
        services.AddSingleton<MemberEndpoints>();
        services.AddSingleton<CommunityEndpoints>();
        services.AddSingleton<CommunityGroupEndpoints>();
        services.AddSingleton<ContactEndpoints>();
        services.AddSingleton<SavedContactEndpoints>();
        services.AddSingleton<ChatEndpoints>();
        services.AddSingleton<ChatChangeEndpoints>();
        services.AddSingleton<ChatRemovalEndpoints>();
        services.AddSingleton<OlderEndpoint>();
        services.AddSingleton<LabelEndpoints>();
        services.AddSingleton<QuickReplyEndpoints>();
        services.AddSingleton<CallEndpoints>();
        services.AddSingleton<PictureEndpoints>();
        services.AddSingleton<ProfileEndpoints>();
        services.AddSingleton<RecipientEndpoints>();
        services.AddSingleton<BroadcastEndpoints>();
        services.AddSingleton<RoomEndpoints>();
    }
}
