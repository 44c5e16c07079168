using System.Globalization;
using System.Text;
using PhoneNumbers;

namespace WaOperator.PhoneNumbers;

/// <summary>
/// Reads phone numbers as people write them: with a leading plus sign, spaces, dashes, parentheses, dots and slashes, and with a
/// national prefix, as in <c>+49 (0)170 1234567</c>. Pure.
/// </summary>
/// <remarks>
/// Digits alone, with or without a plus sign, are read without libphonenumber. Its metadata costs a process about 13 MB once, hence
/// it is loaded when the first number comes that needs it.
/// </remarks>
public static class PhoneNumberReader
{
    /// <summary>Longest text that is read as a number, in characters.</summary>
    public const int MaxLength = 64;

    private const string Form =
        "write it in international form: the country code and the number, 7 to 15 digits, such as 491701234567 or +49 170 1234567";

    /// <summary>Reads a number.</summary>
    /// <param name="text">What a person wrote.</param>
    /// <param name="number">The number as it is stored (<see cref="PhoneNumber.IsValid"/>); empty if there is none.</param>
    /// <param name="problem">What is wrong, a clause without a full stop; null if nothing is.</param>
    public static bool TryRead(string? text, out string number, out string? problem)
    {
        number = "";
        problem = null;
        if (text is not { Length: > 0 and <= MaxLength })
            problem = text is { Length: > 0 } ? "it is too long for a phone number" : "it is empty";
        else if (!TryClean(text, out var digits, out var plus, out var separated))
            problem = "it has other characters than digits and separators";
        else if (digits.StartsWith('0'))
            problem = plus
                ? "no country code begins with 0"
                : "it begins with 0, which dials in one country only: leave 00 out, and write the country code in place of a single 0";
        else
        {
            number = separated ? WithoutNationalPrefix(digits) : digits;
            if (number.Length is >= PhoneNumber.MinDigits and <= PhoneNumber.MaxDigits)
                return true;
            problem = $"it has {number.Length} digits";
        }
        number = "";
        problem = $"{problem}; {Form}";
        return false;
    }

    private static bool TryClean(string text, out string digits, out bool plus, out bool separated)
    {
        var kept = new StringBuilder(text.Length);
        plus = separated = false;
        digits = "";
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
                kept.Append(c);
            else if (c is '+' or '＋' && kept.Length == 0 && !plus)
                plus = true;
            else if (IsSeparator(c))
                separated |= kept.Length > 0;
            else
                return false;
        }
        digits = kept.ToString();
        return digits.Length > 0;
    }

    // Numbers are copied from address books and pages, which write them with typographic spaces, dashes and marks of direction.
    private static bool IsSeparator(char c) =>
        c is '-' or '(' or ')' or '.' or '/' or '\t'
        || CharUnicodeInfo.GetUnicodeCategory(c)
            is UnicodeCategory.SpaceSeparator
                or UnicodeCategory.DashPunctuation
                or UnicodeCategory.Format;

    /// <summary>A zero in parentheses, the 15 of Argentina's mobile numbers and the like are dialled within the country only.</summary>
    private static string WithoutNationalPrefix(string digits)
    {
        try
        {
            return PhoneNumberUtil
                .GetInstance()
                .Format(
                    PhoneNumberUtil.GetInstance().Parse($"+{digits}", null),
                    PhoneNumberFormat.E164
                )[1..];
        }
        catch (NumberParseException)
        {
            // A country that it does not know: the digits are all there is.
            return digits;
        }
    }
}
