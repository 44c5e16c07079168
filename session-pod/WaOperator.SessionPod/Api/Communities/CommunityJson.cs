using System.Text.Json.Serialization;
using WaOperator.SessionPod.Api.Groups;

namespace WaOperator.SessionPod.Api.Communities;

/// <summary>A community to be made.</summary>
internal sealed record CreateCommunityRequest
{
    /// <summary>Its name, 1 to 100 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>What it is about, up to 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Whether admins must agree before someone joins a group that is made in it; false unless given.</summary>
    public bool GroupsNeedApproval { get; init; }

    /// <summary>Whether all members make groups in it, or admins only; false unless given.</summary>
    public bool MembersMayMakeGroups { get; init; }

    /// <summary>Whether it comes with a chat for all members, beside the group for announcements; false unless given.</summary>
    public bool GeneralChat { get; init; }
}

/// <summary>Members to take out of a community and all of its groups.</summary>
internal sealed record RemoveMembersRequest
{
    /// <summary>Phone numbers or addresses of accounts, 1 to 1,023.</summary>
    public IReadOnlyList<string?>? Remove { get; init; }
}

/// <summary>A group of a community, in short.</summary>
/// <param name="Id">Its address.</param>
/// <param name="Subject">Its name.</param>
/// <param name="Kind">announcements, in which the community's admins write to all members; or group.</param>
/// <param name="Size">How many members it has, where WhatsApp told.</param>
internal sealed record CommunityGroupAnswer(string Id, string Subject, string Kind, int? Size);

/// <summary>The groups of a community.</summary>
/// <param name="Data">All of them.</param>
internal sealed record CommunityGroupsAnswer(IReadOnlyList<CommunityGroupAnswer> Data);

/// <summary>The members of a community.</summary>
/// <param name="Data">All of them, each once.</param>
internal sealed record CommunityMembersAnswer(IReadOnlyList<MemberAnswer> Data);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(CreateCommunityRequest))]
[JsonSerializable(typeof(RemoveMembersRequest))]
[JsonSerializable(typeof(CommunityGroupsAnswer))]
[JsonSerializable(typeof(CommunityMembersAnswer))]
internal sealed partial class CommunityJson : JsonSerializerContext;
