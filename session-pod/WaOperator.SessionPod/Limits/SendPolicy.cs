using System.Collections.Concurrent;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Metrics;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Limits;

/// <summary>Whether a message may be sent.</summary>
/// <param name="Refusal">Why not; null: it may.</param>
/// <param name="Limits">How the tenant's limits stand; null where they were not looked at.</param>
/// <param name="Reached">The limit that is reached, if that is why.</param>
internal readonly record struct Admission(
    SendRefusal? Refusal,
    LimitReading? Limits = null,
    QuotaLimit? Reached = null
);

/// <summary>
/// Whether a tenant may send a message: its phone rules first, then its limits. Rules are about people: a group is not judged by its
/// members, a status by all whom it is shown to. An account is one recipient by whatever address; a status counts once.
/// </summary>
/// <param name="quotas">Settings and limits of tenants in the database.</param>
/// <param name="context">The clock and the keys.</param>
/// <param name="addresses">Numbers behind addresses.</param>
/// <param name="hints">Redis, whose windows count the minute; without Redis the database does.</param>
/// <param name="metrics">What was refused.</param>
internal sealed class SendPolicy(
    TenantQuotas quotas,
    MessageContext context,
    AddressBook addresses,
    IHints hints,
    PodMetrics metrics
)
{
    /// <summary>How long a tenant's settings are used before they are read again: a change acts within that time.</summary>
    public static readonly TimeSpan SettingsLife = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<long, Tenant> _tenants = new();

    /// <summary>Decides about a message; one that may be sent is counted.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="to">An account, a group or the status.</param>
    /// <param name="audience">Of a status: whom it is shown to.</param>
    public async Task<Admission> AdmitAsync(
        long tenant,
        long session,
        Jid to,
        IReadOnlyList<string>? audience = null
    )
    {
        var current = await TenantAsync(tenant);
        var limits = current.Limits;
        if (current.Phones.AllowsAll && limits == MessageLimits.None)
            return default;
        var number = await NumberAsync(tenant, session, to);
        if (Judge(current.Phones, to, number) is { } refusal)
            return new(refusal);
        if (
            !current.Phones.AllowsAll
            && audience is not null
            && await JudgeAllAsync(current.Phones, tenant, session, audience) is { } refused
        )
            return new(refused);
        if (current.Line is not { } line)
            return default;
        var verdict = await line.TakeAsync(RecipientOf(tenant, to, number), limits);
        if (verdict.Refused is not { } reached)
            return new(null, verdict.Reading);
        metrics.RateLimited(reached.ToString());
        return new(
            SendRefusal.Limited(reached, verdict.RetryAfter, limits),
            verdict.Reading,
            reached
        );
    }

    /// <summary>How the tenant's limits stand. Takes from none of them, and asks no more than a message does.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="to">The account or group whose limit is asked for, too; null: no one's.</param>
    public async Task<(MessageLimits Limits, LimitReading Reading)> LookAsync(
        long tenant,
        long session,
        Jid? to
    )
    {
        var (limits, _, line, _) = await TenantAsync(tenant);
        if (line is null || limits == MessageLimits.None)
            return (limits, LimitReading.None);
        RecordName? recipient =
            to is { } jid && limits.MessagesPerRecipientPerMinute > 0
                ? RecipientOf(tenant, jid, await NumberAsync(tenant, session, jid))
                : null;
        return (limits, await line.LookAsync(recipient, limits));
    }

    /// <summary>What the tenant's phone rules say about an account that is to be added to a group; nothing is counted.</summary>
    /// <inheritdoc cref="AdmitAsync"/>
    /// <returns>Null: it may be added.</returns>
    public async Task<SendRefusal?> JudgeAsync(long tenant, long session, Jid to)
    {
        var rules = (await TenantAsync(tenant)).Phones;
        if (rules.AllowsAll)
            return null;
        return Judge(rules, to, to.IsLid ? await NumberOfAsync(tenant, session, to) : to.User);
    }

    /// <summary>What the rules say of all whom a status is shown to; their numbers are read at once.</summary>
    private async Task<SendRefusal?> JudgeAllAsync(
        PhoneFilter rules,
        long tenant,
        long session,
        IReadOnlyList<string> audience
    )
    {
        Jid[] viewers = [.. audience.Select(Jid.Parse)];
        var numbers = await addresses.OthersAsync(
            tenant,
            session,
            viewers.Where(viewer => viewer.IsLid),
            context.Ended
        );
        return viewers
            .Select(viewer =>
                Judge(
                    rules,
                    viewer,
                    !viewer.IsLid ? viewer.User
                        : numbers.TryGetValue(viewer, out var phone) ? phone.User
                        : null
                )
            )
            .FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>What the phone rules say. Pure.</summary>
    internal static SendRefusal? Judge(PhoneFilter rules, Jid to, string? number) =>
        (number, to.IsLid) switch
        {
            _ when rules.AllowsAll => null,
            ({ } known, _) => rules.Allows(known) ? null : SendRefusal.NotAllowed,
            (null, true) => SendRefusal.NumberUnknown,
            _ => null,
        };

    /// <summary>How fast the tenant's sessions send; null: as fast as they can.</summary>
    public async ValueTask<SendPace?> PaceAsync(long tenant)
    {
        await TenantAsync(tenant);
        return context.Paces.Of(tenant);
    }

    private async Task<Tenant> TenantAsync(long id)
    {
        if (
            _tenants.TryGetValue(id, out var known)
            && context.Time.GetElapsedTime(known.At) < SettingsLife
        )
            return known;
        // Not told to a pod that just lost its last session of the tenant: what it sends by this is fenced, and nothing is remembered.
        var told = await context.ReadAsync(c => quotas.ReadSettingsAsync(id, c), context.Ended);
        if (told is null && known is not null)
            return known;
        var settings = told ?? new TenantSettings();
        if (told is not null)
            context.Paces.Set(id, told.Pace);
        return told is null
            ? Make(null)
            : _tenants.AddOrUpdate(id, _ => Make(null), (_, before) => Make(before.Line));

        Tenant Make(QuotaLine? line)
        {
            var limits = settings.Limits ?? MessageLimits.None;
            return new(
                limits,
                new PhoneFilter(
                    settings.PhoneRules?.AllowedPrefixes,
                    settings.PhoneRules?.BlockedNumbers
                ),
                line ?? (limits == MessageLimits.None ? null : LineOf(id)),
                context.Time.GetTimestamp()
            );
        }
    }

    private QuotaLine LineOf(long tenant) =>
        new(
            hints is ISharedWindows windows
                ? new SharedMinute(
                    Convert.ToHexStringLower(context.Keyring.Name(tenant, "minute").ToBytes()),
                    windows,
                    () => context.ReadAsync(c => quotas.ServingAsync(tenant, c), context.Ended),
                    context.Time,
                    metrics.LimitedAlone
                )
                : new StoredMinute(tenant, quotas, context),
            DayBlocks.Of(tenant, quotas, context),
            context.Time
        );

    private RecordName RecipientOf(long tenant, Jid to, string? number) =>
        context.Keyring.Name(
            tenant,
            "recipient",
            number is null ? to.ToString() : PhoneNumber.Account(number)
        );

    private async ValueTask<string?> NumberAsync(long tenant, long session, Jid to) =>
        to switch
        {
            { IsPhone: true } => to.User,
            { IsLid: true } => await NumberOfAsync(tenant, session, to),
            _ => null,
        };

    /// <summary>The number behind a LID, if the session has learnt it.</summary>
    private async Task<string?> NumberOfAsync(long tenant, long session, Jid lid) =>
        await addresses.OtherAsync(tenant, session, lid) is { IsPhone: true } other
            ? other.User
            : null;

    /// <param name="Limits">Its limits.</param>
    /// <param name="Phones">Its rules.</param>
    /// <param name="Line">Counts its messages; null while it never had limits.</param>
    /// <param name="At">When they were read.</param>
    private sealed record Tenant(
        MessageLimits Limits,
        PhoneFilter Phones,
        QuotaLine? Line,
        long At
    );
}
