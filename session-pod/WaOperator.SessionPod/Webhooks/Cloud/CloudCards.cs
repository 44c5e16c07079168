using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>Contacts that were sent: of their vCards the numbers, as far as those can be read. Pure.</summary>
internal static class CloudCards
{
    private const int MaxPhones = 16;
    private const string IsPhone = "TEL";
    private const string HasAccount = "waid=";

    /// <summary>A contact.</summary>
    public static CloudCard Of(ContactCard card)
    {
        var phones = new List<CloudPhone>();
        foreach (var line in card.VCard.AsSpan().EnumerateLines())
            if (phones.Count < MaxPhones && PhoneOf(line) is { } phone)
                phones.Add(phone);
        return new(new(card.Name, card.Name), phones.Count > 0 ? phones : null);
    }

    /// <summary>As in <c>item1.TEL;type=CELL;waid=49151:+49 151</c>.</summary>
    private static CloudPhone? PhoneOf(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        if (colon < 0)
            return null;
        var head = line[..colon];
        var phone = line[(colon + 1)..].Trim();
        var name = head.IndexOf(';') is >= 0 and var semicolon ? head[..semicolon] : head;
        name = name[(name.LastIndexOf('.') + 1)..];
        if (phone.IsEmpty || !name.Equals(IsPhone, StringComparison.OrdinalIgnoreCase))
            return null;
        string? account = null;
        if (head.IndexOf(HasAccount, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
        {
            var digits = head[(at + HasAccount.Length)..];
            var end = digits.IndexOf(';');
            account = (end >= 0 ? digits[..end] : digits).ToString();
        }
        return new(phone.ToString(), account);
    }
}
