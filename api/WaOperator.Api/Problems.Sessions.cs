namespace WaOperator.Api;

/// <summary>Errors of managing sessions.</summary>
internal static partial class Problems
{
    public static ProblemAnswer InvalidSession(
        string detail,
        IReadOnlyList<ProblemError>? errors
    ) => new(422, "invalid-session", "The session breaks a rule", detail) { Errors = errors };

    public static ProblemAnswer SessionExists(string ns, string name) =>
        new(
            409,
            "session-exists",
            "The name is taken",
            $"there is a session {ns}/{name} already; choose another name, or change that one by PATCH"
        );

    public static ProblemAnswer OtherRequest(string key) =>
        new(
            422,
            "idempotency-mismatch",
            "The key was used for another request",
            $"a session was created with the Idempotency-Key {key} and another body; take a new key for a new request"
        );

    public static ProblemAnswer ManagedElsewhere(string ns, string name, string owner) =>
        new(
            409,
            "managed-elsewhere",
            "Another program manages the session",
            $"{ns}/{name} is managed by {owner}, which would undo the change; change it there"
        );

    public static ProblemAnswer SessionChanging(string ns, string name) =>
        new(
            409,
            "conflict",
            "The session changes at the moment",
            $"{ns}/{name} was changed by others each time it was to be written; nothing was done, try again"
        )
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static ProblemAnswer SessionLeaving(string ns, string name) =>
        new(
            409,
            "deleting",
            "The session is being deleted",
            $"{ns}/{name} is being deleted and takes no changes; create it again once it is gone"
        );

    public static ProblemAnswer AlreadyLinked(string ns, string name) =>
        new(
            409,
            "already-paired",
            "A phone is linked",
            $"{ns}/{name} has its phone; unlink the device on the phone, or delete the session, before you link it again"
        );

    public static ProblemAnswer NoPasskey(string ns, string name, string state) =>
        new(
            409,
            "no-passkey",
            "No passkey is asked for",
            $"the pairing of {ns}/{name} is {state}; getPairing says what it waits for"
        );

    public static ProblemAnswer SessionStopped(string ns, string name, string so) =>
        new(
            409,
            "stopped",
            "The session is stopped",
            $"{ns}/{name} is stopped and {so}; start it first"
        );

    public static ProblemAnswer WhichTenant(IEnumerable<string> tenants) =>
        new(
            400,
            "invalid-body",
            "Which tenant is not clear",
            $"this API key is that of several tenants; name the namespace of one that has but one tenant of the key: {string.Join(", ", tenants)}"
        )
        {
            Errors = [new("#/namespace", "names no one tenant")],
        };

    public static ProblemAnswer ForeignNamespace(string ns) =>
        new(
            404,
            "unknown-namespace",
            "No such namespace",
            $"this API key's tenant has no namespace {ns}; leave it out to take the tenant's own"
        )
        {
            Errors = [new("#/namespace", "is not the tenant's")],
        };

    public static ProblemAnswer TenantFull(int sessions, int most) =>
        new(
            409,
            "tenant-limit",
            "The tenant has as many sessions as it may",
            $"the tenant has {sessions} sessions and may have {most}; delete some, or ask the platform's administrator for more"
        );

    public static ProblemAnswer TenantLeaving() =>
        new(
            409,
            "deleting",
            "The tenant is being deleted",
            "the tenant is being deleted or is gone, and takes no new sessions"
        );

    public static ProblemAnswer NotSupported(string detail) =>
        new(501, "not-supported", "Not supported", detail);

    public static ProblemAnswer ClusterRefuses(string words) =>
        new(
            403,
            "refused",
            "Kubernetes refuses it",
            $"a rule of the platform stands against it: {words}"
        );

    public static ProblemAnswer QuotaExceeded(string words) =>
        new(403, "quota-exceeded", "A quota is exhausted", words);

    public static ProblemAnswer NotPermitted(string words) =>
        new(
            501,
            "not-supported",
            "The gateway may not do it",
            $"the gateway's service account lacks a right, which the platform's administrator may give: {words}"
        );

    public static ProblemAnswer ClusterAway() =>
        new(
            503,
            "cluster-away",
            "Kubernetes does not answer",
            "it is not known whether it was done; try again, which does nothing twice"
        )
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(5),
        };
}
