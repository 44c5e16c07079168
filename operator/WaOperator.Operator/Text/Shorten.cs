using System.Security.Cryptography;
using System.Text;

namespace WaOperator.Operator.Text;

/// <summary>Keeps texts from outside small.</summary>
public static class Shorten
{
    /// <summary>The text, or a hash of it when it is longer than <paramref name="most"/>: different texts stay different.</summary>
    public static string ToFit(string text, int most) =>
        text.Length <= most
            ? text
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
