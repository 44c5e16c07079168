namespace WaOperator.Domain;

/// <content>How a session fares. A phase of a session is a reason of the same name.</content>
public static partial class Reasons
{
    private const string RestoreOrPair =
        "if the device is still linked on the phone, set the annotation whatsapp.wa-operator.io/restore-keys to a new value; otherwise set whatsapp.wa-operator.io/pair, and scan";

    private const string RelinkIfItFails =
        "if the session works, nothing; otherwise set the annotation whatsapp.wa-operator.io/logout to the time (its keys are archived for 7 days), then whatsapp.wa-operator.io/pair to a new value, and scan";

    private const string PairAgain =
        "set the annotation whatsapp.wa-operator.io/pair to a new value, such as the time, and scan";

    /// <summary>An immutable field differs from what the session was made with.</summary>
    public static readonly Reason ImmutableFieldChanged = Define(
        About.Session | About.Webhook,
        "an immutable field was changed; the object keeps running as it was created",
        "restore the old value, or delete the object and create it again"
    );

    /// <summary>There is no such tenant in the session's namespace.</summary>
    public static readonly Reason TenantNotFound = Define(
        About.Session | About.Webhook,
        "there is no tenant of that name in the object's namespace",
        "create the tenant"
    );

    /// <summary>The tenant is being deleted.</summary>
    public static readonly Reason TenantDeleting = Define(
        About.Session | About.Webhook,
        "the tenant is being deleted: it takes no new sessions, and its webhooks post nothing"
    );

    /// <summary>The tenant's phone rules refuse the number.</summary>
    public static readonly Reason PhoneNotAllowed = Define(
        About.Session,
        "the tenant's phone rules do not allow the number"
    );

    /// <summary>A former owner of the session may still act for it, for longer than a lease lives.</summary>
    public static readonly Reason OwnerRemains = Define(
        About.Session,
        "its shard is serving, but a former owner may still act for it, for longer than a lease lives; wa_operator_sessions_held counts such sessions",
        "see \"A session is held by a former owner\" in the runbook"
    );

    /// <summary>No pool of that name serves the session's namespace.</summary>
    public static readonly Reason PoolNotFound = Define(
        About.Session,
        "no pool of that name serves the session's namespace",
        "create one, add the namespace to its servedNamespaces, or name another in spec.pool"
    );

    /// <summary>The operator cannot reach PostgreSQL.</summary>
    public static readonly Reason DatabaseUnavailable = Define(
        About.Session,
        "the operator cannot reach PostgreSQL; retrying",
        "see \"PostgreSQL is away\" in the runbook"
    );

    /// <summary>No phone has scanned a code yet.</summary>
    public static readonly Reason NotPaired = Define(About.Session, "not linked to a phone yet");

    /// <summary>The session is placed; its shard has not reported yet.</summary>
    public static readonly Reason Starting = Define(About.Session, "its shard is starting it");

    /// <summary>A code waits to be scanned or typed.</summary>
    public static readonly Reason Pairing = Define(
        About.Session,
        "waiting for the phone to enter the code",
        "scan or type the code"
    );

    /// <summary>A pod shows a code.</summary>
    public static readonly Reason CodeShown = Define(
        About.Session,
        "waiting for the phone to enter the code"
    );

    /// <summary>A phone accepted the device.</summary>
    public static readonly Reason Paired = Define(About.Session, "linked to its phone");

    /// <summary>The phone has given what was asked for of the account's past.</summary>
    public static readonly Reason HistorySynced = Define(
        About.Session,
        "the phone has given all that spec.history asks for of the account's past"
    );

    /// <summary>The phone has given what was asked for, and some of it could not be read.</summary>
    public static readonly Reason HistoryIncomplete = Define(
        About.Session,
        "parts of the account's past could not be read, such as files that the phone's server has no longer",
        "log the session out and link it again: the phone gives its past once more"
    );

    /// <summary>The phone has not given all of it yet.</summary>
    public static readonly Reason HistorySyncing = Define(
        About.Session,
        "the phone has given nothing yet of the account's past; it is asked when the session is linked, and at no other time",
        "open WhatsApp on the phone; of a session that was linked before spec.history asked for it, log it out and link it again"
    );

    /// <summary>The codes have run out.</summary>
    public static readonly Reason PairingExpired = Define(
        About.Session,
        "the pairing codes have expired",
        PairAgain
    );

    /// <summary>Another phone than the declared one scanned the code.</summary>
    public static readonly Reason PhoneMismatch = Define(
        About.Session,
        "a phone with another number than the declared one scanned the code and was unlinked again",
        PairAgain
    );

    /// <summary>The phone has unlinked the device.</summary>
    public static readonly Reason LoggedOut = Define(
        About.Session,
        "unlinked by the phone; its keys are archived for 7 days",
        RestoreOrPair
    );

    /// <summary>The device was taken off the phone because that was asked for.</summary>
    public static readonly Reason LogoutRequested = Define(
        About.Session,
        "taken off the phone as requested; its keys are archived for 7 days",
        PairAgain
    );

    /// <summary>The archived keys are in use again.</summary>
    public static readonly Reason KeysRestored = Define(
        About.Session,
        "the archived keys are restored as requested"
    );

    /// <summary>A restore was asked for, and there is no archive.</summary>
    public static readonly Reason NoKeysToRestore = Define(
        About.Session,
        "a restore was requested, but no keys of the session were archived in the last 7 days",
        PairAgain
    );

    /// <summary>The stored credentials name an account, but no linked device of it.</summary>
    public static readonly Reason DeviceIdMissing = Define(
        About.Session,
        "its stored address names no linked device of the account; nothing was changed",
        RelinkIfItFails
    );

    /// <summary>The stored credentials name a device in a way that WhatsApp does not.</summary>
    public static readonly Reason DeviceIdMalformed = Define(
        About.Session,
        "its stored address is not one of a linked device; nothing was changed",
        RelinkIfItFails
    );

    /// <summary>The account has linked many devices before this one.</summary>
    public static readonly Reason DeviceIdHigh = Define(
        About.Session,
        "its device number is above the pool's suspectDeviceIdAbove: a phone gives each link the next number, so it was linked often; nothing was changed",
        RelinkIfItFails
    );

    /// <summary>Another client logged in with the session's credentials.</summary>
    public static readonly Reason Replaced = Define(
        About.Session,
        "another client logged in with its credentials; it reconnects after a wait of at least a minute",
        "find the other client, or unlink the device on the phone if you do not know it"
    );

    /// <summary>WhatsApp refuses the account.</summary>
    public static readonly Reason Banned = Define(About.Session, "WhatsApp refuses the account");

    /// <summary>It logs in.</summary>
    public static readonly Reason Connecting = Define(About.Session, "logging in");

    /// <summary>Its socket is logged in.</summary>
    public static readonly Reason Connected = Define(About.Session, "logged in");

    /// <summary>It was connected and is not any more.</summary>
    public static readonly Reason Disconnected = Define(About.Session, "lost its connection");

    /// <summary>It lost its connection and tries again.</summary>
    public static readonly Reason Reconnecting = Define(
        About.Session,
        "lost its connection; reconnecting"
    );

    /// <summary>Stopped as asked for.</summary>
    public static readonly Reason Stopped = Define(About.Session, "stopped as declared");

    /// <summary>Its device is unlinked.</summary>
    public static readonly Reason Unlinked = Define(About.Session, "its device is unlinked");

    /// <summary>It is being deleted.</summary>
    public static readonly Reason Deleting = Define(
        About.Session | About.Tenant,
        "its device is being unlinked and its keys are being wiped"
    );

    /// <summary>The device could not be taken off the phone in time before the session was deleted.</summary>
    public static readonly Reason UnlinkFailed = Define(
        About.Session,
        "deleted without having been unlinked from the phone",
        "remove the device on the phone"
    );

    /// <summary>The device could not be taken off the phone in this try.</summary>
    public static readonly Reason NotUnlinked = Define(
        About.Session,
        "the device could not be unlinked from the phone; retrying"
    );

    /// <summary>Another shard takes it up.</summary>
    public static readonly Reason Claimed = Define(About.Session, "claimed by a new owner");

    /// <summary>Its shard gave it back by plan.</summary>
    public static readonly Reason Released = Define(
        About.Session,
        "closed and released by its shard"
    );

    /// <summary>Closed since its shard could not renew its lease for too long.</summary>
    public static readonly Reason Silent = Define(
        About.Session,
        "closed after the silent limit: the pod could not renew its lease",
        "see \"PostgreSQL is away\" in the runbook"
    );

    /// <summary>Its stored keys cannot be read.</summary>
    public static readonly Reason KeysUnreadable = Define(
        About.Session,
        "its stored keys cannot be read",
        "see \"The master key does not fit\" in the runbook"
    );
}
