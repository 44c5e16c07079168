namespace WaOperator.Api;

/// <content>Of groups, contacts and presence, which WhatsApp's server is asked about while the request waits.</content>
internal static partial class Problems
{
    public static ProblemAnswer BadFields(IReadOnlyList<ProblemError> errors) =>
        new(
            400,
            "invalid-body",
            "Invalid request",
            $"{errors[0].Pointer} is wrong: {errors[0].Detail}"
                + (errors.Count > 1 ? $"; and {errors.Count - 1} more, see errors" : "")
        )
        {
            Errors = errors,
        };

    public static ProblemAnswer NotAGroup() =>
        new(
            400,
            "not-a-group",
            "Not a group",
            "the id in the path is no group's: those are digits before @g.us, as events and the list of groups give them"
        );

    public static ProblemAnswer NotACommunity() =>
        new(
            404,
            "not-a-community",
            "Not a community",
            "the id in the path is that of a group; list the communities to see which there are"
        );

    public static ProblemAnswer ForbiddenByWhatsApp(string words) =>
        new(
            403,
            "forbidden-by-whatsapp",
            "WhatsApp does not allow it",
            $"{words}; the session's account is no member, no admin, or may not do this"
        );

    public static ProblemAnswer MembersNotAllowed(IReadOnlyList<ProblemError> errors) =>
        new(
            403,
            "recipient-not-allowed",
            "A member is not allowed",
            $"{errors[0].Pointer}: {errors[0].Detail}; no member was added"
        )
        {
            Errors = errors,
        };

    public static ProblemAnswer NotFoundByWhatsApp(string words) =>
        new(
            404,
            "unknown-to-whatsapp",
            "WhatsApp knows no such thing",
            $"{words}; there is no such group, account, request or invitation, or no longer"
        );

    public static ProblemAnswer AwaitingPhone(string ns, string name) =>
        new(
            503,
            "awaiting-phone",
            "The phone has not shared its keys",
            $"the phone of {ns}/{name} has not shared the keys of the account's state yet, as soon after linking or while it is off; nothing was done, open WhatsApp on the phone and try again"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(30),
            Retryable = true,
        };

    public static ProblemAnswer PhoneWithoutKeys(string ns, string name) =>
        new(
            503,
            "phone-without-keys",
            "Nothing can be said to the phone",
            $"WhatsApp has no keys by which something could be said to the phone of {ns}/{name}; nothing was asked, open WhatsApp on the phone and try again"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(30),
            Retryable = true,
        };

    public static ProblemAnswer NoHistory(string ns, string name) =>
        new(
            409,
            "history-not-taken",
            "The session takes no history",
            $"{ns}/{name} was linked with spec.history None, so its phone gives nothing of the past; to have it, set spec.history to Recent or Full and link it again"
        );

    public static ProblemAnswer StateUnreadable(string ns, string name) =>
        new(
            502,
            "state-unreadable",
            "The account's state cannot be read",
            $"what WhatsApp has of the account's state of {ns}/{name} is not what its devices wrote, or they wrote each time that this was tried; this was not done; the pod's log says why"
        );

    public static ProblemAnswer UnknownCall(string id) =>
        new(
            404,
            "unknown-call",
            "The call does not ring",
            $"no call {(id.Length <= 64 ? id : id[..64])} rings at the session's present connection: it has ended, or came over an earlier one; it can be rejected on the phone"
        );

    public static ProblemAnswer NoPicture() =>
        new(
            404,
            "no-picture",
            "There is no picture",
            "WhatsApp has no picture of it, or shows this account none"
        );

    public static ProblemAnswer NoAbout() =>
        new(
            404,
            "no-about",
            "There is no About text to see",
            "there is no such account, or it does not show its About text to this one"
        );

    public static ProblemAnswer BadPicture(string fault) =>
        new(400, "invalid-picture", "The body is no picture that can be set", fault);

    public static ProblemAnswer ConflictAtWhatsApp(string words) =>
        new(
            409,
            "conflict-at-whatsapp",
            "Something else changed it meanwhile",
            $"{words}; get the present state, and try again if it is still wanted"
        )
        {
            Retryable = true,
        };

    public static ProblemAnswer RefusedByWhatsApp(string words) =>
        new(422, "refused-by-whatsapp", "WhatsApp refuses it", words);

    public static ProblemAnswer TooManyCommands(string full) =>
        new(429, "rate-limited", "Too many commands at once", full)
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Retryable = true,
        };

    public static ProblemAnswer TooOftenForWhatsApp(string words) =>
        new(
            429,
            "rate-limited",
            "Too often for WhatsApp",
            $"{words}; going on at this rate leads to bans"
        )
        {
            RetryAfter = TimeSpan.FromMinutes(1),
            Retryable = true,
        };

    public static ProblemAnswer TooManyChecks(int perHour, TimeSpan wait) =>
        new(
            429,
            "rate-limited",
            "Too many numbers checked",
            $"the tenant may check {perHour} numbers in an hour on this pod, since more leads to bans; nothing was asked or counted"
        )
        {
            RetryAfter = wait,
            Retryable = true,
        };

    public static ProblemAnswer PartlyChanged(
        string words,
        IReadOnlyList<string> changed,
        string refused
    ) =>
        new(
            422,
            "partly-changed",
            "Only a part was changed",
            $"{string.Join(" and ", changed)} was changed, then {words}; what comes behind {refused} was not tried"
        )
        {
            Errors = [new(refused, words)],
        };

    public static ProblemAnswer WhatsAppFailed(string words) =>
        new(502, "refused-by-whatsapp", "WhatsApp has a problem", words) { Retryable = true };

    public static ProblemAnswer MaybeDone() =>
        new(
            502,
            "outcome-unknown",
            "Not known whether it was done",
            "WhatsApp did not answer in time, or the connection ended before it did; look at the present state before you ask again"
        );

    public static ProblemAnswer NoAnswer(TimeSpan limit) =>
        new(
            504,
            "no-answer",
            "WhatsApp did not answer",
            $"there was no answer within {limit.TotalSeconds:0.#} s; try again"
        )
        {
            Retryable = true,
        };
}
