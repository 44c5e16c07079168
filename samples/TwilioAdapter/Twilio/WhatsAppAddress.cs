using System.Text.RegularExpressions;

namespace TwilioAdapter.Twilio;

/// <summary>
/// <c>whatsapp:+4915112345678</c>. An account whose number WhatsApp does not tell has its LID there, <c>whatsapp:100000000000001@lid</c>;
/// what is sent to that arrives. Pure.
/// </summary>
internal static partial class WhatsAppAddress
{
    private const string Prefix = "whatsapp:";

    /// <summary>What WaOperator is to send to; null: it is no such address.</summary>
    public static string? ToApi(string address) =>
        Pattern().Match(address) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The digits of a number; null: it is none.</summary>
    public static string? DigitsOf(string address) =>
        ToApi(address) is { } to && to.StartsWith('+') ? to[1..] : null;

    /// <summary>An address of events, such as <c>4915112345678@s.whatsapp.net</c>, as Twilio writes it; null: it is no person's.</summary>
    public static string? OfJid(string? jid)
    {
        var at = jid?.IndexOf('@') ?? -1;
        if (at < 0)
            return null;
        var user = jid![..at].Split(':')[0];
        return jid[(at + 1)..] switch
        {
            "s.whatsapp.net" => $"{Prefix}+{user}",
            "lid" => $"{Prefix}{user}@lid",
            _ => null,
        };
    }

    /// <summary>WaId: the address without what stands before it.</summary>
    public static string IdOf(string address) => address[Prefix.Length..].TrimStart('+');

    [GeneratedRegex(@"^whatsapp:(\+[1-9][0-9]{6,14}|[0-9]{1,20}@lid)$")]
    private static partial Regex Pattern();
}
