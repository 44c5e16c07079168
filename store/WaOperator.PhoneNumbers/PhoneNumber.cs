namespace WaOperator.PhoneNumbers;

/// <summary>
/// The one rule for phone numbers: E.164 without the plus sign, 7 to 15 digits that begin with a country code, hence not with 0.
/// Resources and tables hold numbers in this form only; <see cref="PhoneNumberReader"/> reads what people write.
/// </summary>
/// <remarks>
/// Two numbers can be one WhatsApp account. In Brazil (9 behind the area code), Mexico (1 behind 52) and Argentina (9 behind 54) a mobile
/// number is written with and without a prefix, and WhatsApp registered accounts under either form. Hence numbers are compared by
/// <see cref="Account"/>, never as text.
/// </remarks>
public static class PhoneNumber
{
    /// <summary>Fewest digits of a number.</summary>
    public const int MinDigits = 7;

    /// <summary>Most digits of a number.</summary>
    public const int MaxDigits = 15;

    /// <summary>The rule as a regular expression, as it stands in the schemas of the resources.</summary>
    public const string Pattern = "^[1-9][0-9]{6,14}$";

    /// <summary>The rule in words; completes "must be".</summary>
    public const string Meaning =
        "a phone number of 7 to 15 digits that begins with the country code, without 00 or +, such as 491701234567";

    /// <summary>Whether <paramref name="text"/> is a number in the form that is stored.</summary>
    public static bool IsValid(string? text) =>
        text is { Length: >= MinDigits and <= MaxDigits }
        && text[0] != '0'
        && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>
    /// The key of the WhatsApp account that a number belongs to: the shorter one of its forms. The function <c>wa.phone_account</c> of
    /// the database says the same. What is not a number is its own key.
    /// </summary>
    public static string Account(string number) =>
        number switch
        {
            _ when number.Length != 13 || !IsValid(number) => number,
            ['5', '5', _, _, '9', var next, ..] when IsBrazilianMobile(next) => number.Remove(4, 1),
            ['5', '2', '1', ..] or ['5', '4', '9', ..] => number.Remove(2, 1),
            _ => number,
        };

    /// <summary>Whether both are numbers of one WhatsApp account.</summary>
    public static bool Same(string one, string other) =>
        string.Equals(Account(one), Account(other), StringComparison.Ordinal);

    /// <summary>All forms in which the number of this account is written, the shortest first: one or two.</summary>
    public static IReadOnlyList<string> Forms(string number)
    {
        var account = Account(number);
        return account switch
        {
            _ when account.Length != 12 || !IsValid(account) => [account],
            ['5', '5', _, _, var first, ..] when IsBrazilianMobile(first) =>
            [
                account,
                account.Insert(4, "9"),
            ],
            ['5', '2', ..] => [account, account.Insert(2, "1")],
            ['5', '4', ..] => [account, account.Insert(2, "9")],
            _ => [account],
        };
    }

    /// <summary>For logs and messages: the first three and the last two digits.</summary>
    public static string Mask(string number) =>
        number.Length <= 5
            ? new string('*', number.Length)
            : $"{number[..3]}{new string('*', number.Length - 5)}{number[^2..]}";

    // Behind the area code fixed lines begin with 2 to 5. They never had a ninth digit: 55 11 3xxx is not 55 11 9 3xxx.
    private static bool IsBrazilianMobile(char first) => first is not (>= '2' and <= '5');
}
