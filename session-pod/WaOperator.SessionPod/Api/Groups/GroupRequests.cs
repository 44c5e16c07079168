using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>One list of a request for changes of members.</summary>
/// <param name="Action">What is to be done.</param>
/// <param name="Pointer">Where the list stands in the body.</param>
/// <param name="Members">With whom.</param>
internal sealed record MemberStep(MemberAction Action, string Pointer, IReadOnlyList<Jid> Members);

/// <summary>Reads the requests about groups; what is wrong goes to the faults. Pure.</summary>
internal static class GroupRequests
{
    /// <summary>Characters of a group's name; WhatsApp's own clients stop there.</summary>
    public const int MaxSubject = 100;

    /// <summary>Characters of what a group says of itself.</summary>
    public const int MaxDescription = 2048;

    /// <summary>Members of one request: a group has 1,024 at most, of whom one makes it.</summary>
    public const int MaxMembers = 1023;

    private const string InviteLink = "https://chat.whatsapp.com/";
    private const int MinCode = 8;
    private const int MaxCode = 64;

    // WhatsApp's clients show no others.
    private static readonly long[] DisappearTimes = [0, 86_400, 604_800, 7_776_000];

    /// <summary>A new group's name and members.</summary>
    public static (string Subject, List<Jid> Members) Create(
        CreateGroupRequest request,
        Faults faults
    )
    {
        CheckSubject(request.Subject, faults);
        CheckCount(request.Members?.Count ?? 0, "#/members", faults);
        return (
            request.Subject ?? "",
            Addresses.Accounts(request.Members, "#/members", [], faults)
        );
    }

    /// <summary>What is to change, in the order in which it is done.</summary>
    public static List<(string Pointer, GroupSetting Setting)> Patch(
        PatchGroupRequest request,
        Faults faults
    )
    {
        List<(string, GroupSetting)> settings = [];
        if (request.Subject is { } subject)
        {
            CheckSubject(subject, faults);
            settings.Add(("#/subject", new GroupSetting.Subject(subject)));
        }
        if (request.Description is { } text)
        {
            Addresses.CheckText(text, MaxDescription, lines: true, "#/description", faults);
            settings.Add(("#/description", new GroupSetting.Description(text)));
        }
        if (request.AnnounceOnly is { } announce)
            settings.Add(("#/announceOnly", new GroupSetting.AnnounceOnly(announce)));
        if (request.Locked is { } locked)
            settings.Add(("#/locked", new GroupSetting.Locked(locked)));
        if (request.MemberAddMode is { } mode)
        {
            if (mode is not ("all" or "admins"))
                faults.Add("#/memberAddMode", "it must be all or admins");
            settings.Add(("#/memberAddMode", new GroupSetting.MembersAdd(mode == "all")));
        }
        if (request.JoinApproval is { } approval)
            settings.Add(("#/joinApproval", new GroupSetting.JoinApproval(approval)));
        if (request.DisappearAfter is { } seconds)
        {
            if (!DisappearTimes.Contains(seconds))
                faults.Add(
                    "#/disappearAfter",
                    $"it must be one of {string.Join(", ", DisappearTimes)} seconds"
                );
            else
                settings.Add(
                    (
                        "#/disappearAfter",
                        new GroupSetting.DisappearAfter(TimeSpan.FromSeconds(seconds))
                    )
                );
        }
        if (request == new PatchGroupRequest())
            faults.Add("#", "it changes nothing: give at least one field");
        return settings;
    }

    /// <summary>What is to be done with members, in the order in which it is done.</summary>
    public static List<MemberStep> Members(ChangeMembersRequest request, Faults faults)
    {
        (MemberAction Action, string Pointer, IReadOnlyList<string?>? Members)[] lists =
        [
            (MemberAction.Add, "#/add", request.Add),
            (MemberAction.Remove, "#/remove", request.Remove),
            (MemberAction.Promote, "#/promote", request.Promote),
            (MemberAction.Demote, "#/demote", request.Demote),
        ];
        CheckSome(lists.Sum(l => l.Members?.Count ?? 0), faults);
        HashSet<Jid> seen = [];
        return
        [
            .. lists
                .Where(l => l.Members is { Count: > 0 })
                .Select(l => new MemberStep(
                    l.Action,
                    l.Pointer,
                    Addresses.Accounts(l.Members, l.Pointer, seen, faults)
                )),
        ];
    }

    /// <summary>Whom to let in, and whom not.</summary>
    public static (List<Jid> Approve, List<Jid> Reject) Answers(
        AnswerRequestsRequest request,
        Faults faults
    )
    {
        CheckSome((request.Approve?.Count ?? 0) + (request.Reject?.Count ?? 0), faults);
        HashSet<Jid> seen = [];
        return (
            Addresses.Accounts(request.Approve, "#/approve", seen, faults),
            Addresses.Accounts(request.Reject, "#/reject", seen, faults)
        );
    }

    /// <summary>The code of an invitation, which may be given as a link.</summary>
    public static string Code(JoinGroupRequest request, Faults faults)
    {
        var code = (request.Code ?? "").Trim();
        if (code.StartsWith(InviteLink, StringComparison.OrdinalIgnoreCase))
            code = code[InviteLink.Length..];
        if (code.Length is < MinCode or > MaxCode || !code.All(IsOfCode))
            faults.Add(
                "#/code",
                $"it must be the code of an invitation, {MinCode} to {MaxCode} letters and digits, or its link"
            );
        return code;
    }

    /// <summary>The link that people follow.</summary>
    public static string LinkOf(string code) => InviteLink + code;

    private static bool IsOfCode(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    /// <summary>Checks the name of a group.</summary>
    public static void CheckSubject(string? subject, Faults faults)
    {
        if (string.IsNullOrWhiteSpace(subject))
            faults.Add("#/subject", "it must be given, and not be of spaces only");
        else
            Addresses.CheckText(subject, MaxSubject, lines: false, "#/subject", faults);
    }

    /// <summary>Checks that accounts are named, and not too many.</summary>
    public static void CheckSome(int count, Faults faults)
    {
        if (count == 0)
            faults.Add("#", "no account is named");
        CheckCount(count, "#", faults);
    }

    private static void CheckCount(int count, string pointer, Faults faults)
    {
        if (count > MaxMembers)
            faults.Add(pointer, $"{count} accounts are named; {MaxMembers} may be at once");
    }
}
