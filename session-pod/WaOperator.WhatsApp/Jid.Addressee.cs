using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using WaOperator.PhoneNumbers;

namespace WaOperator.WhatsApp;

/// <content>Whom a message can be sent to.</content>
public readonly partial record struct Jid
{
    // LIDs and the ids of groups are 64-bit numbers.
    private const int MaxNumber = 20;
    private const int MaxAddressee = 64;

    /// <summary>
    /// Reads the address of an account or a group, as a person or a program writes it. Valid are
    /// <list type="bullet">
    /// <item>a phone number: 7 to 15 digits with the country code, no leading zero; alone or before <c>@s.whatsapp.net</c>
    /// (<c>@c.us</c>, the form of older web clients, is the same);</item>
    /// <item>a LID: digits before <c>@lid</c>;</item>
    /// <item>a group: digits before <c>@g.us</c>, older groups two numbers with a dash between;</item>
    /// <item>a device of an account, as events name their sender (<c>4917012345678:3@s.whatsapp.net</c>): the message goes to
    /// the account. <c>@hosted</c> and <c>@hosted.lid</c> are devices that Meta hosts.</item>
    /// </list>
    /// </summary>
    /// <param name="text">The text; no blanks, signs or separators.</param>
    /// <param name="addressee">The account, without a device, or the group.</param>
    /// <param name="why">Why the text is refused: a sentence without capital and full stop, in which it does not stand itself.</param>
    public static bool TryParseAddressee(
        string? text,
        out Jid addressee,
        [NotNullWhen(false)] out string? why
    )
    {
        addressee = default;
        if (text is null or { Length: 0 })
            why = "the address is missing";
        else if (text.Length > MaxAddressee)
            why = $"an address has at most {MaxAddressee} characters";
        else if (text.Split('@') is not [var user, .. var servers] || servers.Length > 1)
            why = "an address has one @";
        else if (AddresseeServer(servers is [var named] ? named : PhoneServer) is not { } server)
            why = NoAddressee(servers[0]);
        else if (server != GroupServer && !TakeDevice(ref user))
            why = "the number after the colon, a device, must be 0 to 65535";
        else
        {
            addressee = new(user, server);
            return addressee.IsAddressee(out why);
        }
        return false;
    }

    /// <summary>Whether a message can be sent to this address as it stands: an account without device, a group, or <see cref="Status"/>.</summary>
    /// <param name="why">Why not, as <see cref="TryParseAddressee"/> says it.</param>
    public bool IsAddressee([NotNullWhen(false)] out string? why)
    {
        why = Server switch
        {
            _ when (Device, Agent) != (0, 0) => "messages go to an account, not to one device",
            PhoneServer when !PhoneNumber.IsValid(User) =>
                $"a phone number has {PhoneNumber.MinDigits} to {PhoneNumber.MaxDigits} digits: the country code without leading zero, then the rest, no other characters",
            LidServer when !IsNumber(User, 1, MaxNumber) => "before @lid stand digits only",
            GroupServer when !IsGroupId(User) =>
                "before @g.us stand digits, or two numbers with a dash between (older groups)",
            PhoneServer or LidServer or GroupServer => null,
            BroadcastServer when IsStatus => null,
            _ => NoAddressee(Server),
        };
        return why is null;
    }

    private static string? AddresseeServer(string server) =>
        server switch
        {
            PhoneServer or HostedServer or "c.us" => PhoneServer,
            LidServer or HostedLidServer => LidServer,
            GroupServer => GroupServer,
            _ => null,
        };

    private static string NoAddressee(string? server) =>
        server switch
        {
            BroadcastServer => "broadcast lists cannot be sent to, and a status has an audience",
            NewsletterServer => "channels cannot be sent to",
            "bot" or MessengerServer or InteropServer or "call" =>
                $"accounts of @{server} cannot be sent to",
            _ =>
                "messages can be sent to a phone number, alone or with @s.whatsapp.net, to @lid and to @g.us",
        };

    /// <summary>Cuts a device off the user; false if what stands there is none.</summary>
    private static bool TakeDevice(ref string user)
    {
        if (user.IndexOf(':', StringComparison.Ordinal) is not (>= 0 and var colon))
            return true;
        var device = user[(colon + 1)..];
        user = user[..colon];
        return Number(device, out var number)
            && device == number.ToString(CultureInfo.InvariantCulture);
    }

    private static bool IsGroupId(string user) =>
        user.Split('-') switch
        {
            [var id] => IsNumber(id, 1, MaxNumber),
            [var creator, var created] => IsNumber(creator, 1, MaxNumber)
                && IsNumber(created, 1, MaxNumber),
            _ => false,
        };

    private static bool IsNumber(string text, int min, int max) =>
        text.Length >= min && text.Length <= max && text[0] != '0' && text.All(char.IsAsciiDigit);
}
