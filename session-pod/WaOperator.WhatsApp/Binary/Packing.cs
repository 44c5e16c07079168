namespace WaOperator.WhatsApp.Binary;

/// <summary>Text of digits, two characters to a byte: nibbles (0-9 - .) or upper-case hex.</summary>
internal static class Packing
{
    /// <summary>Fills the last half byte of a text of odd length.</summary>
    public const byte Padding = 15;

    /// <summary>The tag by which a text can be packed, or 0.</summary>
    public static byte Of(string text)
    {
        if (text.Length is 0 or > Token.PackedMax)
            return 0;
        var nibble = true;
        var hex = true;
        foreach (var c in text)
        {
            var digit = char.IsAsciiDigit(c);
            nibble &= digit || c is '-' or '.';
            hex &= digit || c is >= 'A' and <= 'F';
            if (!nibble && !hex)
                return 0;
        }
        return nibble ? Token.Nibble8 : Token.Hex8;
    }

    public static int Pack(char c) =>
        c switch
        {
            '-' => 10,
            '.' => 11,
            >= 'A' => c - 'A' + 10,
            _ => c - '0',
        };

    /// <exception cref="BinaryFormatException">The half byte stands for no character.</exception>
    public static char Unpack(byte tag, int half) =>
        half switch
        {
            < 10 => (char)('0' + half),
            _ when tag == Token.Hex8 => (char)('A' + half - 10),
            10 => '-',
            11 => '.',
            _ => throw new BinaryFormatException(
                $"The packed digit {half} does not stand for a character."
            ),
        };
}
