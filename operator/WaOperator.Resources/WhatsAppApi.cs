namespace WaOperator.Resources;

/// <summary>Names of the API group. They are in stored objects: never change one.</summary>
public static class WhatsAppApi
{
    /// <summary>The API group of the four resources.</summary>
    public const string Group = "whatsapp.wa-operator.io";

    /// <summary>The version that is served and stored.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version as an object carries them.</summary>
    public const string ApiVersion = $"{Group}/{Version}";
}

/// <summary>Finalizers of the operator.</summary>
public static class WhatsAppFinalizers
{
    /// <summary>Holds a session until its socket is closed and, when asked for, its device is unlinked.</summary>
    public const string Session = $"{WhatsAppApi.Group}/session";

    /// <summary>Holds a tenant until its last session is gone.</summary>
    public const string Tenant = $"{WhatsAppApi.Group}/tenant";

    /// <summary>Holds a pool until its sessions have moved away or lost their shard.</summary>
    public const string Pool = $"{WhatsAppApi.Group}/pool";
}

/// <summary>Annotations that people set on a session, or on a pool.</summary>
public static class Annotations
{
    /// <summary>Any new value asks for a new round of pairing codes; the time of day serves well.</summary>
    public const string Pair = $"{WhatsAppApi.Group}/pair";

    /// <summary>
    /// A time (RFC 3339): the device of the session, if it was linked before, is taken off the phone. The session stays and can be linked
    /// again by <see cref="Pair"/>.
    /// </summary>
    public const string Logout = $"{WhatsAppApi.Group}/logout";

    /// <summary>
    /// Any new value asks to restore the keys of the session that were wiped last, within 7 days. Only a session without a linked device
    /// does so; one that has a device when it is asked, or loses it later, does not.
    /// </summary>
    public const string RestoreKeys = $"{WhatsAppApi.Group}/restore-keys";

    /// <summary><c>"true"</c> lets a session be deleted at once, leaving the device on the phone's list.</summary>
    public const string SkipUnlink = $"{WhatsAppApi.Group}/skip-unlink";

    /// <summary>
    /// On the operator's own namespace: until when (RFC 3339) many sessions may go at once. See the operator's option WA__Removal.
    /// </summary>
    public const string AllowRemovalUntil = $"{WhatsAppApi.Group}/allow-removal-until";

    /// <summary>
    /// On the operator's own namespace: until when (RFC 3339) a tenant that was made again under its name, as by a restore, gets
    /// the keys that the former one kept.
    /// </summary>
    public const string AllowAdoptionUntil = $"{WhatsAppApi.Group}/allow-adoption-until";

    /// <summary>On a pool: ordinals of shards that are to be emptied, such as <c>0,2</c>. Their sessions move, paced.</summary>
    public const string Drain = $"{WhatsAppApi.Group}/drain";
}

/// <summary>Labels on what the operator makes.</summary>
public static class Labels
{
    /// <summary>Name of the pool, on its StatefulSet, Service, PodDisruptionBudget and pods.</summary>
    public const string Pool = $"{WhatsAppApi.Group}/pool";

    /// <summary>Name of the tenant, on pairing Secrets.</summary>
    public const string Tenant = $"{WhatsAppApi.Group}/tenant";

    /// <summary>Name of the session, on pairing Secrets.</summary>
    public const string Session = $"{WhatsAppApi.Group}/session";

    /// <summary>Which program made the object.</summary>
    public const string ManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>What the object is part of, such as <c>session-pod</c>.</summary>
    public const string Component = "app.kubernetes.io/component";

    /// <summary>The value of <see cref="ManagedBy"/>, and the field manager of server-side apply.</summary>
    public const string ManagedByValue = "wa-operator";
}
