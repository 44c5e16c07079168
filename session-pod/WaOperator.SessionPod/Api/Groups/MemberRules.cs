using WaOperator.Api;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>The tenant's rules about whom it may write to hold for whom it adds to groups, too: that tells them something.</summary>
internal static class MemberRules
{
    /// <summary>Why no member may be added; null: all may be.</summary>
    /// <param name="http">The request.</param>
    /// <param name="members">Whom it adds.</param>
    /// <param name="pointer">Where they stand in its body.</param>
    public static async Task<ProblemAnswer?> RefusalAsync(
        HttpContext http,
        IReadOnlyList<Jid> members,
        string pointer
    )
    {
        var (tenure, session) = http.OpenedSession();
        List<ProblemError> errors = [];
        for (var i = 0; i < members.Count && errors.Count == 0; i++)
        {
            var refusal = await tenure.Policy.JudgeAsync(
                session.Wanted.TenantId,
                session.Id,
                members[i]
            );
            if (refusal is not null)
                errors.Add(new($"{pointer}/{i}", refusal.Detail));
        }
        return errors.Count == 0 ? null : Problems.MembersNotAllowed(errors);
    }
}
