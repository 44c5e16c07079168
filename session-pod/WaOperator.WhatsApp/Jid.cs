using System.Globalization;
using WaOperator.PhoneNumbers;

namespace WaOperator.WhatsApp;

/// <summary>An address: <c>user[_agent][:device]@server</c>.</summary>
/// <param name="User">Phone number, LID, group id; empty for the server itself.</param>
/// <param name="Server">One of the constants of this type, such as <see cref="PhoneServer"/>.</param>
/// <param name="Device">0 is the phone (primary device), others are linked devices.</param>
/// <param name="Agent">Domain byte of an address with device whose server has no domain of its own; usually 0.</param>
public readonly partial record struct Jid(
    string User,
    string Server,
    ushort Device = 0,
    byte Agent = 0
)
{
    /// <summary>Addresses by phone number, and the server itself.</summary>
    public const string PhoneServer = "s.whatsapp.net";

    /// <summary>Addresses by LID (an account's number that hides its phone number).</summary>
    public const string LidServer = "lid";

    /// <summary>Groups.</summary>
    public const string GroupServer = "g.us";

    /// <summary>Broadcast lists, and status@broadcast.</summary>
    public const string BroadcastServer = "broadcast";

    /// <summary>Channels.</summary>
    public const string NewsletterServer = "newsletter";

    internal const string HostedServer = "hosted";
    internal const string HostedLidServer = "hosted.lid";
    internal const string InteropServer = "interop";
    internal const string MessengerServer = "msgr";

    private const int MaxUserLength = 128;

    /// <summary>The server itself: <c>@s.whatsapp.net</c>, written as a pair with an empty user.</summary>
    public static Jid ServerItself { get; } = new("", PhoneServer);

    /// <summary>True for an address by phone number.</summary>
    public bool IsPhone => Server == PhoneServer && User.Length > 0;

    /// <summary>True for an address by LID.</summary>
    public bool IsLid => Server == LidServer;

    /// <summary>True for a group.</summary>
    public bool IsGroup => Server == GroupServer;

    /// <summary>Where statuses (stories) are posted: <c>status@broadcast</c>.</summary>
    public static Jid Status { get; } = new("status", BroadcastServer);

    /// <summary>True for <see cref="Status"/>.</summary>
    public bool IsStatus => Server == BroadcastServer && User == "status";

    /// <summary>True where a message is encrypted once for all: in groups and statuses.</summary>
    internal bool IsShared => IsGroup || IsStatus;

    /// <summary>For logs: of the account the first three and the last two digits.</summary>
    public string Masked =>
        (
            this with
            {
                User = string.Join('-', User.Split('-').Select(PhoneNumber.Mask)),
            }
        ).ToString();

    /// <summary>The account without its device.</summary>
    public Jid Account => this with { Device = 0, Agent = 0 };

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static Jid Parse(string text) =>
        TryParse(text, out var jid)
            ? jid
            : throw new FormatException("The text is not a WhatsApp address (user@server).");

    /// <summary>Reads an address whose server is known and whose user holds only letters, digits, '-', '.' and '_'.</summary>
    public static bool TryParse(string? text, out Jid jid)
    {
        jid = default;
        var at = text?.IndexOf('@', StringComparison.Ordinal) ?? -1;
        if (at < 0 || at > MaxUserLength || KnownServer(text.AsSpan(at + 1)) is not { } server)
            return false;
        var user = text.AsSpan(0, at);
        ushort device = 0;
        byte agent = 0;
        if (user.IndexOf(':') is >= 0 and var colon)
        {
            if (!Number(user[(colon + 1)..], out device))
                return false;
            user = user[..colon];
        }
        if (user.IndexOf('_') is >= 0 and var underscore)
        {
            if (
                !byte.TryParse(
                    user[(underscore + 1)..],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out agent
                )
            )
                return false;
            user = user[..underscore];
        }
        foreach (var c in user)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
                return false;
        }
        if (user.IsEmpty && (device != 0 || agent != 0))
            return false;
        jid = new(user.ToString(), server, device, agent);
        return true;
    }

    /// <summary>The text form; a device of 0 is left out.</summary>
    public override string ToString() =>
        (Agent, Device) switch
        {
            (0, 0) => $"{User}@{Server}",
            (0, _) => string.Create(CultureInfo.InvariantCulture, $"{User}:{Device}@{Server}"),
            (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{User}_{Agent}@{Server}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{User}_{Agent}:{Device}@{Server}"),
        };

    /// <summary>The domain byte of an address with device.</summary>
    internal byte Domain =>
        Server switch
        {
            LidServer => 1,
            HostedServer => 128,
            HostedLidServer => 129,
            _ => Agent,
        };

    internal static Jid OfDomain(byte domain, string user, byte device) =>
        domain switch
        {
            1 => new(user, LidServer, device),
            128 => new(user, HostedServer, device),
            129 => new(user, HostedLidServer, device),
            _ => new(user, PhoneServer, device, domain),
        };

    private static bool Number(ReadOnlySpan<char> text, out ushort value) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static string? KnownServer(ReadOnlySpan<char> text) =>
        text switch
        {
            PhoneServer => PhoneServer,
            LidServer => LidServer,
            GroupServer => GroupServer,
            BroadcastServer => BroadcastServer,
            NewsletterServer => NewsletterServer,
            HostedServer => HostedServer,
            HostedLidServer => HostedLidServer,
            InteropServer => InteropServer,
            MessengerServer => MessengerServer,
            "c.us" => "c.us",
            "call" => "call",
            "bot" => "bot",
            _ => null,
        };

    /// <summary>A group's address, which the server also writes without its domain; null if it is none.</summary>
    internal static Jid? OfGroup(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var address = text.Contains('@', StringComparison.Ordinal) ? text : $"{text}@{GroupServer}";
        return TryParse(address, out var jid) && jid is { IsGroup: true, User.Length: > 0 }
            ? jid.Account
            : null;
    }
}
