using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>
/// How the Cloud API names accounts and groups: by the digits of the phone number, and else by the address that the API takes, so that what
/// is sent to it gets to the same. Pure.
/// </summary>
internal static class CloudPeople
{
    /// <summary>The name of an account or group.</summary>
    public static string IdOf(Jid jid) => jid.IsPhone ? jid.User : jid.Account.ToString();

    /// <summary>The name of an account that is not its phone number; null where it is.</summary>
    public static string? UserIdOf(Jid jid) => jid.IsLid ? jid.Account.ToString() : null;

    /// <summary>The name of an account of which two addresses may be known.</summary>
    public static (string Id, string? UserId) Of(Jid? phone, Jid? lid, Jid any) =>
        (IdOf(phone ?? lid ?? any), lid is { } user ? UserIdOf(user) : null);
}
