namespace WaOperator.WhatsApp;

/// <summary>Phone numbers as WhatsApp writes them: international, digits only.</summary>
public static class PhoneNumber
{
    /// <summary>For logs and messages: the first three and the last two digits.</summary>
    public static string Mask(string number) =>
        number.Length <= 5
            ? new string('*', number.Length)
            : $"{number[..3]}{new string('*', number.Length - 5)}{number[^2..]}";

    /// <summary>
    /// True if both may be one account. In three countries WhatsApp's number can differ from the dialled one by a
    /// mobile prefix: Brazil (9 after the area code), Mexico (1 after 52) and Argentina (9 after 54).
    /// </summary>
    public static bool Same(string one, string other) =>
        string.Equals(Canonical(one), Canonical(other), StringComparison.Ordinal);

    private static string Canonical(string number)
    {
        var digits = number.TrimStart('+');
        return digits switch
        {
            ['5', '5', _, _, '9', ..] when digits.Length == 13 => digits.Remove(4, 1),
            ['5', '2', '1', ..] when digits.Length == 13 => digits.Remove(2, 1),
            ['5', '4', '9', ..] when digits.Length == 13 => digits.Remove(2, 1),
            _ => digits,
        };
    }
}
