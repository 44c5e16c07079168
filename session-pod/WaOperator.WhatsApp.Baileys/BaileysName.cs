using System.Globalization;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>What a file is, by its name: TYPE-ID.json, with "/" written as "__" and ":" as "-".</summary>
/// <param name="Type">The type, with the dash.</param>
/// <param name="Id">The rest of the name.</param>
internal readonly record struct BaileysName(string Type, string Id)
{
    public const string PreKey = "pre-key-";
    public const string Session = "session-";
    public const string SenderKey = "sender-key-";
    public const string SenderKeyMemory = "sender-key-memory-";
    public const string LidMapping = "lid-mapping-";
    public const string Reverse = "_reverse";

    private const string Extension = ".json";

    // The longer of two that begin alike first.
    private static readonly string[] Used =
    [
        PreKey,
        Session,
        SenderKeyMemory,
        SenderKey,
        LidMapping,
    ];

    private static readonly (string Type, string Reason)[] Unused =
    [
        ("device-list-", "devices are queried again"),
        ("identity-key-", "sessions hold the identities"),
        ("app-state-sync-key-", "app state is not used"),
        ("app-state-sync-version-", "app state is not used"),
        ("tctoken-", "tokens of contacts are not used"),
    ];

    /// <summary>Reads a name of a file that is used.</summary>
    /// <returns>Null for another one, with the reason.</returns>
    public static BaileysName? Parse(string name, out string reason)
    {
        reason = "unknown";
        if (!name.EndsWith(Extension, StringComparison.Ordinal))
            return null;
        var stem = name[..^Extension.Length];
        foreach (var (type, why) in Unused)
        {
            if (stem.StartsWith(type, StringComparison.Ordinal))
            {
                reason = why;
                return null;
            }
        }
        foreach (var type in Used)
        {
            if (stem.StartsWith(type, StringComparison.Ordinal))
                return new(type, stem[type.Length..]);
        }
        return null;
    }
}

/// <summary>
/// A device as files are named by it: USER[_DOMAIN].DEVICE. Releases before 7 leave the domain out for LIDs, too, so that
/// they cannot be told from phone numbers.
/// </summary>
/// <param name="User">Phone number or LID.</param>
/// <param name="Domain">0: not said.</param>
/// <param name="Device">0 is the phone.</param>
internal readonly record struct BaileysAddress(string User, byte Domain, byte Device)
{
    private const int MaxUser = 64;

    /// <summary>What it is called where its kind is said or does not matter.</summary>
    public Jid As(byte domain) => Jid.OfDomain(domain, User, Device);

    public static bool TryParse(string user, string device, out BaileysAddress address)
    {
        address = default;
        byte domain = 0;
        if (user.IndexOf('_', StringComparison.Ordinal) is >= 0 and var cut)
        {
            if (!Number(user[(cut + 1)..], out domain))
                return false;
            user = user[..cut];
        }
        if (
            !Number(device, out var number)
            || user.Length is 0 or > MaxUser
            || !user.All(char.IsAsciiLetterOrDigit)
        )
            return false;
        address = new(user, domain, number);
        return true;
    }

    private static bool Number(string text, out byte value) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
