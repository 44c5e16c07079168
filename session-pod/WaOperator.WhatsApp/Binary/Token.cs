using System.Collections.Frozen;

namespace WaOperator.WhatsApp.Binary;

/// <summary>Tags and tokens of the binary node format, dictionary version 3.</summary>
internal static class Token
{
    public const byte ListEmpty = 0;
    public const byte Dictionary0 = 236;
    public const byte Dictionary3 = 239;
    public const byte InteropJid = 245;
    public const byte FbJid = 246;
    public const byte AdJid = 247;
    public const byte List8 = 248;
    public const byte List16 = 249;
    public const byte JidPair = 250;
    public const byte Hex8 = 251;
    public const byte Binary8 = 252;
    public const byte Binary20 = 253;
    public const byte Binary32 = 254;
    public const byte Nibble8 = 255;

    /// <summary>The longest string that is packed into nibbles or hex digits, in characters.</summary>
    public const int PackedMax = 127;

    private const int DictionarySize = 256;
    private const string Resource = "Tokens.txt";

    private static readonly string?[] Single = new string?[Dictionary0];
    private static readonly string[][] Double = new string[4][];
    private static readonly FrozenDictionary<string, ushort> Codes = Load();

    /// <summary>The token of one byte, or null where that byte is none.</summary>
    public static string? OfByte(byte code) => code < Single.Length ? Single[code] : null;

    /// <summary>The token of two bytes: <paramref name="dictionary"/> is 236 to 239.</summary>
    public static string OfBytes(byte dictionary, byte index) =>
        Double[dictionary - Dictionary0][index];

    /// <summary>Looks up a token: the high byte is 0 for a single-byte token, else the dictionary's tag.</summary>
    public static bool TryGetCode(string text, out ushort code) =>
        Codes.TryGetValue(text, out code);

    private static FrozenDictionary<string, ushort> Load()
    {
        using var stream =
            typeof(Token).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException(
                $"The embedded resource {Resource} is missing from the assembly."
            );
        using var reader = new StreamReader(stream);
        var codes = new Dictionary<string, ushort>(
            Dictionary0 + 4 * DictionarySize,
            StringComparer.Ordinal
        );
        var section = -2;
        var index = 0;
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] == '[')
            {
                section++;
                index = section < 0 ? 1 : 0;
                if (section >= 0)
                    Double[section] = new string[DictionarySize];
                continue;
            }
            if (section < 0)
                Single[index] = line;
            else
                Double[section][index] = line;
            codes.Add(line, (ushort)(section < 0 ? index : ((Dictionary0 + section) << 8) | index));
            index++;
        }
        return codes.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
