using System.Text;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>Reads whom a request means, and the texts that others will see. Pure.</summary>
internal static class Addresses
{
    /// <summary>Reads a phone number as people write it, or an address of an account as events give it.</summary>
    public static Jid? Account(string? text, string pointer, Faults faults)
    {
        if (Chat(text, pointer, faults) is not { } jid)
            return null;
        if (!jid.IsGroup)
            return jid;
        faults.Add(pointer, "it is a group; give a phone number or an address at @lid");
        return null;
    }

    /// <summary>Reads an account as above, or a group.</summary>
    public static Jid? Chat(string? text, string pointer, Faults faults)
    {
        string? why;
        if (text is null or { Length: 0 })
            why = "it is missing";
        else if (text.Contains('@', StringComparison.Ordinal))
        {
            if (Jid.TryParseAddressee(text, out var jid, out why))
                return jid;
        }
        else if (PhoneNumberReader.TryRead(text, out var number, out why))
            return new(number, Jid.PhoneServer);
        faults.Add(pointer, why ?? "it is no address");
        return null;
    }

    /// <summary>Reads the accounts of a list, in which none may stand twice.</summary>
    public static List<Jid> Accounts(
        IReadOnlyList<string?>? texts,
        string pointer,
        HashSet<Jid> seen,
        Faults faults
    )
    {
        var accounts = new List<Jid>();
        for (var i = 0; i < texts?.Count; i++)
        {
            if (Account(texts[i], $"{pointer}/{i}", faults) is not { } account)
                continue;
            var key = account.IsPhone
                ? account with
                {
                    User = PhoneNumber.Account(account.User),
                }
                : account;
            if (seen.Add(key))
                accounts.Add(account);
            else
                faults.Add($"{pointer}/{i}", "it is named twice");
        }
        return accounts;
    }

    /// <summary>The group of a path; null if the text names none.</summary>
    public static Jid? Group(string id) =>
        Jid.TryParseAddressee(id, out var jid, out _) && jid.IsGroup ? jid : null;

    /// <summary>Checks a text that others see.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many characters it may have, as people count them but for joined emoji.</param>
    /// <param name="lines">Whether it may have several lines.</param>
    /// <param name="pointer">Where it stands.</param>
    /// <param name="faults">Where to say what is wrong.</param>
    public static void CheckText(string text, int most, bool lines, string pointer, Faults faults)
    {
        if (text.EnumerateRunes().Count() > most)
            faults.Add(pointer, $"it may have {most} characters at most");
        else if (text.Any(c => char.IsControl(c) && !(lines && c is '\n' or '\r' or '\t')))
            faults.Add(
                pointer,
                lines ? "it has control characters" : "it has control characters or several lines"
            );
    }

    /// <summary>How the API writes a phone number: digits.</summary>
    public static string? Phone(Jid? jid) => jid is { IsPhone: true } phone ? phone.User : null;

    /// <summary>How the API writes a LID.</summary>
    public static string? Lid(Jid? jid) => jid is { IsLid: true } lid ? lid.ToString() : null;
}
