using System.Globalization;

namespace WaOperator.Gateway.Cloud;

/// <summary>Ids of WhatsApp Business accounts: a tenant is one. Pure.</summary>
internal static class CloudAccounts
{
    /// <summary>The id of a tenant's account: its key in the database, which stays.</summary>
    public static string IdOf(long tenant) => tenant.ToString(CultureInfo.InvariantCulture);

    /// <summary>That an id is none of the key's; it says which are.</summary>
    public static CloudRefusal Unknown(IEnumerable<long> tenants) =>
        new(
            CloudCode.Parameter,
            $"this API key opens no account of that id; it opens {string.Join(", ", tenants.Select(IdOf))}"
        )
        {
            Status = StatusCodes.Status404NotFound,
        };
}
