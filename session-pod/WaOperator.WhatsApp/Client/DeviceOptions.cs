using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp;

/// <summary>What a device lets others know about being online.</summary>
public enum PresenceAtLogin
{
    /// <summary>Nothing is sent: the phone keeps its notifications.</summary>
    None,

    /// <summary>The device shows the account as online, which suppresses the phone's notifications.</summary>
    Available,

    /// <summary>The device says that it is not online.</summary>
    Unavailable,
}

/// <summary>How a device is linked to a phone.</summary>
public enum PairingMethod
{
    /// <summary>A QR code is shown, and scanned with the phone.</summary>
    Qr,

    /// <summary>A code is shown, and typed into the phone; the phone's number must be known.</summary>
    Code,
}

/// <summary>How much of the account's past a new device takes.</summary>
internal enum HistoryDepth
{
    /// <summary>Nothing: what the phone gives all the same is not read.</summary>
    None,

    /// <summary>What phones give by themselves: the last months.</summary>
    Recent,

    /// <summary>
    /// All that the phone has, which may take hours. It decides how much that is; whether it gives a browser, as which devices register,
    /// more than for <see cref="Recent"/> is unproven.
    /// </summary>
    Full,
}

/// <summary>What belongs to one session.</summary>
public sealed record DeviceOptions
{
    /// <summary>The most one-time prekeys of one upload.</summary>
    public const int MaxPreKeys = 5000;

    /// <summary>The defaults.</summary>
    public static DeviceOptions Default { get; } = new();

    /// <summary>The name under which the phone lists the device. Default "WaOperator"; 1 to 64 characters.</summary>
    public string Name { get; init; } = "WaOperator";

    /// <summary>The phone that is to be paired: international, digits only. Another one is refused. Default null: any.</summary>
    public string? ExpectedPhone { get; init; }

    /// <summary>How the device is paired. Default by QR code; by a code it needs <see cref="ExpectedPhone"/>.</summary>
    public PairingMethod Pairing { get; init; }

    /// <summary>
    /// Whether a person must compare a code on both screens when the account's passkey is used (<see cref="PasskeyCode"/>). It shows a
    /// server that stands between device and phone. Default false: the secret of the QR code vouches for the phone, as in other clients;
    /// after <see cref="PairingMethod.Code"/> nothing does.
    /// </summary>
    public bool ComparesPasskeyCode { get; init; }

    /// <summary>The country that the client says it is in, two letters. Default US.</summary>
    public string Country { get; init; } = "US";

    /// <summary>How many one-time prekeys the first upload has. Default 812, as official clients; fewer suit dense fleets; 1 to 5,000.</summary>
    public int FirstPreKeys { get; init; } = 812;

    /// <summary>How many one-time prekeys the server is to have after a later upload. Default 50; 1 to 5,000.</summary>
    public int PreKeyTarget { get; init; } = 50;

    /// <summary>At how many one-time prekeys or fewer new ones are uploaded. Default 5; 0 to 4,999, and always below <see cref="PreKeyTarget"/> and <see cref="FirstPreKeys"/>.</summary>
    public int PreKeyMinimum { get; init; } = 5;

    /// <summary>How long a signed prekey serves before a new one takes its place, within a day after that. Default 30 days; 1 to 365 days.</summary>
    public TimeSpan SignedPreKeyAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Presence after login. Default none.</summary>
    public PresenceAtLogin Presence { get; init; }

    /// <summary>
    /// The proxy through which the device connects and transfers files. Nothing goes past it, not even the look-up of a name, and while it
    /// fails the device has no connection. Default null: none, whatever the environment says.
    /// </summary>
    public ProxyAddress? Proxy { get; init; }

    /// <summary>
    /// How much of the account's past the phone is asked for when the device is linked; later it cannot be asked for more than single
    /// chats. Default none. The store must keep it (<see cref="IMessageStore.KeepsHistory"/>).
    /// </summary>
    internal HistoryDepth History { get; init; }

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        if (Name.Length is 0 or > 64)
            throw Invalid(nameof(Name), Name, "1 to 64 characters long");
        if (ExpectedPhone is { } phone && !PhoneNumber.IsValid(phone))
            throw Invalid(nameof(ExpectedPhone), PhoneNumber.Mask(phone), PhoneNumber.Meaning);
        if (Pairing == PairingMethod.Code && ExpectedPhone is null)
            throw Invalid(
                nameof(ExpectedPhone),
                "not given",
                "the phone's number when pairing is by code"
            );
        if (Country.Length != 2 || !Country.All(char.IsAsciiLetterUpper))
            throw Invalid(nameof(Country), Country, "two upper-case letters");
        if (FirstPreKeys is < 1 or > MaxPreKeys)
            throw Invalid(nameof(FirstPreKeys), FirstPreKeys, $"1 to {MaxPreKeys}");
        if (PreKeyTarget is < 1 or > MaxPreKeys)
            throw Invalid(nameof(PreKeyTarget), PreKeyTarget, $"1 to {MaxPreKeys}");
        if (PreKeyMinimum is < 0 or >= MaxPreKeys)
            throw Invalid(nameof(PreKeyMinimum), PreKeyMinimum, $"0 to {MaxPreKeys - 1}");
        if (SignedPreKeyAge < TimeSpan.FromDays(1) || SignedPreKeyAge > TimeSpan.FromDays(365))
            throw Invalid(nameof(SignedPreKeyAge), SignedPreKeyAge, "1 to 365 days");
    }

    /// <summary>Checks all values, and whether the store can do what they ask for.</summary>
    /// <param name="store">Keeps the device's messages; null: nothing does.</param>
    /// <inheritdoc cref="Validate()" path="/exception"/>
    internal void Validate(IMessageStore? store)
    {
        Validate();
        if (History != HistoryDepth.None && store?.KeepsHistory != true)
            throw new ArgumentException(
                $"The device option {nameof(History)} is {History}, but the store keeps no history; leave the option out, or use another store.",
                nameof(store)
            );
    }

    private static ArgumentException Invalid(string name, object value, string allowed) =>
        new($"The device option {name} is {value}; it must be {allowed}.", name);
}
