namespace WaOperator.Dev;

/// <summary>What hack/dev gives in the environment.</summary>
/// <param name="Database">WA_DEV_DATABASE: the administrator's Npgsql connection string. Secret.</param>
/// <param name="ApiKey">WA_DEV_API_KEY: the tenant's key. Secret.</param>
/// <param name="Simulator">WA_DEV_SIMULATOR: the simulator's control API.</param>
/// <param name="Phone">WA_DEV_PHONE: the session's phone number, digits.</param>
internal sealed record DevSettings(string Database, string ApiKey, Uri Simulator, string Phone)
{
    public const string Namespace = "dev";
    public const string Tenant = "dev";
    public const string Session = "session";

    /// <summary>UID and name of the pool; its only pod is dev-0.</summary>
    public const string Pool = "dev";

    /// <summary>UID of its only pod, as hack/dev gives it to the pod.</summary>
    public const string Pod = "dev-0";

    /// <exception cref="FormatException">Names the setting that is missing.</exception>
    public static DevSettings Read(Func<string, string?> environment)
    {
        return new(
            Required("WA_DEV_DATABASE"),
            Required("WA_DEV_API_KEY"),
            new Uri(Required("WA_DEV_SIMULATOR")),
            Required("WA_DEV_PHONE")
        );

        string Required(string name) =>
            environment(name) is { Length: > 0 } value
                ? value
                : throw new FormatException($"{name} is not set");
    }
}
