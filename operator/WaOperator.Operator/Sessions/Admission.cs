using System.Globalization;
using WaOperator.Operator.Proxies;
using WaOperator.Operator.Text;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Sessions;

/// <summary>Everything that the admission of a session depends on.</summary>
/// <param name="Session">The resource.</param>
/// <param name="Made">The row that it was admitted with before, if any.</param>
/// <param name="Tenant">The tenant that it names, if it exists in the session's namespace.</param>
/// <param name="TenantId">That tenant's key; null while it has none.</param>
/// <param name="PoolUid">The pool that serves it, if any.</param>
/// <param name="PhoneHeldBy">The session that has its phone, if it is another.</param>
/// <param name="Proxy">The proxy that it declares; null: it declares none, or its Secret was not read yet.</param>
public sealed record AdmissionFacts(
    WhatsAppSession Session,
    SessionRow? Made,
    WhatsAppTenant? Tenant,
    long? TenantId,
    string? PoolUid,
    Kubernetes.Objects.NamespacedName? PhoneHeldBy,
    ProxyVerdict? Proxy = null
);

/// <summary>What is to be projected of a session.</summary>
/// <param name="Row">The row to store; null: none. The row that is there stays in that case.</param>
/// <param name="Trouble">What a person must see to.</param>
public sealed record Admitted(SessionRow? Row, Trouble? Trouble);

/// <summary>
/// Decides whether and how a session may run: a chain of rules, the first that fails gives the reason. A session that ran
/// before continues as it did, whatever is wrong with its resource now.
/// </summary>
public static class Admission
{
    /// <summary>Longest pair request that is stored as it is.</summary>
    private const int MaxRequest = 128;

    private static readonly string[] TimeForms =
    [
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-dd'T'HH:mm:sszzz",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];

    /// <summary>The row that is to be stored, or the first rule that fails.</summary>
    public static Admitted Decide(AdmissionFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var (session, made, tenant, _, pool, holder, _) = facts;
        var spec = session.Spec;
        if (SessionValidation.Validate(session) is { Count: > 0 } broken)
            return new(made, new(Reasons.InvalidSpec, Violation.Describe(broken)));
        // Whatever keeps a session as it was: it does not connect directly once it declares a proxy.
        if (spec.ProxySecretRef is { } declared && made is not null)
            made = Kept(made, declared);
        if (tenant is null)
            return new(made, NoTenant(spec.TenantRef.Name, session.Metadata.Namespace));
        if (Validity.Of(tenant) is { Count: > 0 } tenantBroken)
            return new(
                made,
                new(
                    Reasons.InvalidSpec,
                    $"tenant \"{spec.TenantRef.Name}\" is invalid: {Violation.Describe(tenantBroken)}"
                )
            );
        if (made is null && tenant.Metadata.IsBeingDeleted)
            return new(
                null,
                new(
                    Reasons.TenantDeleting,
                    $"tenant \"{spec.TenantRef.Name}\" is being deleted and takes no new sessions"
                )
            );
        if (facts.TenantId is not { } tenantId)
            return new(made, null);
        var changed = Immutable(facts, tenantId);
        var row = Compose(session, made, tenantId, pool);
        if (spec.ProxySecretRef is not null)
            row = row with { Proxy = facts.Proxy?.Sealed ?? made?.Proxy };
        if (tenant.Spec.PhoneRules?.Allow(row.Phone) == false)
            return new(
                made is null ? null : row with { Desired = DesiredState.Stopped },
                new(
                    Reasons.PhoneNotAllowed,
                    $"the phone rules of tenant \"{spec.TenantRef.Name}\" do not allow this number"
                )
            );
        if (spec.ProxySecretRef is { } proxy && facts.Proxy?.Sealed is null)
            return new(made is null ? null : Kept(row, proxy), facts.Proxy?.Trouble);
        if (made is null && holder is { } other)
            return new(null, Conflict(session, other));
        if (pool is null)
            return new(
                made is null ? null : row,
                new(
                    Reasons.PoolNotFound,
                    $"no pool named \"{spec.Pool}\" serves namespace \"{session.Metadata.Namespace}\"; create one, add the namespace to its servedNamespaces, or name another in spec.pool"
                )
            );
        return new(row, changed ?? Unreadable(session));
    }

    /// <summary>
    /// The phone belongs to another session. Outside of that session's namespace not even that is told: whose customer a number
    /// is concerns no other.
    /// </summary>
    public static Trouble Conflict(
        WhatsAppSession session,
        Kubernetes.Objects.NamespacedName holder
    ) =>
        new(
            Reasons.Conflict,
            holder.Namespace == session.Metadata.Namespace
                ? $"session \"{holder.Name}\" has the same phone; one phone can have one session"
                : "this number is not available here; if its phone is yours, ask the administrator of the operator"
        );

    /// <summary>
    /// It keeps the proxy that was read before from where it is declared now. Without one it stops: the server is not to see an address
    /// that was to stay hidden. The former proxy stays even so, for the case that it is deleted and has to be unlinked.
    /// </summary>
    private static SessionRow Kept(SessionRow row, SecretKeyReference at) =>
        row.Proxy is { } kept && ProxyVersion.IsFrom(kept.Version, at)
            ? row
            : row with
            {
                Desired = DesiredState.Stopped,
            };

    private static Trouble NoTenant(string name, string? ns) =>
        new(
            Reasons.TenantNotFound,
            $"there is no tenant \"{name}\" in namespace \"{ns}\"; a session belongs to a tenant of its own namespace"
        );

    private static Trouble? Immutable(AdmissionFacts facts, long tenantId)
    {
        if (facts.Made is not { } made)
            return null;
        var tenantNow = facts.Session.Spec.TenantRef.Name;
        var broken = SessionValidation.ValidateUpdate(
            made.TenantId == tenantId ? tenantNow : "",
            made.Phone,
            facts.Session.Spec
        );
        return broken.Count == 0
            ? null
            : new(
                Reasons.ImmutableFieldChanged,
                $"{Violation.Describe(broken)}. The session keeps running as it was created"
            );
    }

    private static SessionRow Compose(
        WhatsAppSession session,
        SessionRow? made,
        long tenantId,
        string? pool
    ) =>
        new()
        {
            Uid = session.Metadata.Uid!,
            TenantId = made?.TenantId ?? tenantId,
            Phone = made?.Phone ?? session.Spec.PhoneNumber,
            Namespace = session.Metadata.Namespace!,
            Name = session.Metadata.Name!,
            PoolUid = pool,
            Desired =
                session.Spec.State == DesiredStates.Stopped
                    ? DesiredState.Stopped
                    : DesiredState.Active,
            SkipUnlink = session.Metadata.Annotation(Annotations.SkipUnlink) == "true",
            PairingMethod = session.Spec.Pairing.Method,
            DeviceName = session.Spec.Pairing.DeviceName,
            PasskeyCode = session.Spec.Pairing.PasskeyCode,
            History = session.Spec.History,
            PairRequest = Request(session.Metadata.Annotation(Annotations.Pair) ?? ""),
            RestoreRequest = Request(session.Metadata.Annotation(Annotations.RestoreKeys) ?? ""),
            LogoutAt = LogoutAt(session),
            Labels = SessionSelector.Write(session.Metadata.Labels),
        };

    /// <summary>Until when devices that were linked are to go; null for none, and for what cannot be read.</summary>
    private static DateTimeOffset? LogoutAt(WhatsAppSession session) =>
        session.Metadata.Annotation(Annotations.Logout) is { Length: <= 64 } text
        && DateTimeOffset.TryParseExact(
            text,
            TimeForms,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out var time
        )
        && time.Year is >= 2000 and < 9000
            // As the gateway writes it; of more PostgreSQL would round the end, and the row differ from the annotation for ever.
            ? new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero)
            : null;

    private static Trouble? Unreadable(WhatsAppSession session) =>
        session.Metadata.Annotation(Annotations.Logout) is { Length: > 0 }
        && LogoutAt(session) is null
            ? new(
                Reasons.InvalidSpec,
                $"the annotation {Annotations.Logout} must be a time such as 2026-05-01T12:00:00Z; the session keeps its device"
            )
            : null;

    // An annotation may hold what PostgreSQL takes as no text, and one row that it refuses is refused with all that are written with it.
    private static string Request(string asked) =>
        Shorten.ToFit(asked, asked.Contains('\0', StringComparison.Ordinal) ? 0 : MaxRequest);
}
