using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TwilioAdapter.Twilio;

/// <summary>
/// Twilio's names of things. A message that the program sends has its SID as its id at WaOperator, too: events name it by that, a reply
/// quotes it by that, and asking again sends nothing twice. One that came in has a SID made of its id. So no table translates them. Pure.
/// </summary>
internal static partial class Sid
{
    /// <summary>A SID that there never was.</summary>
    public static string New(string kind) =>
        kind + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The SID of a message that came in. Ids are their senders' choice: it is made of the whole chat.</summary>
    public static string OfIncoming(string session, string from, string id) =>
        Hash($"{session}\n{from}\n{id}");

    /// <summary>The SID of a message of that chat which is quoted: one that went out, or one that came in.</summary>
    public static string OfQuoted(string session, string from, string id) =>
        IsMessage(id) ? id : OfIncoming(session, from, id);

    /// <summary>The SID of a reply that the program gave in its answer.</summary>
    /// <param name="sid">The message that it answers.</param>
    /// <param name="index">Which of its replies it is.</param>
    public static string OfReply(string sid, int index) => Hash($"{sid}\n{index}");

    /// <summary>Whether a text is the SID of a message.</summary>
    public static bool IsMessage(string text) => Pattern().IsMatch(text);

    private static string Hash(string text) =>
        $"SM{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32]}";

    [GeneratedRegex("^SM[0-9a-f]{32}$")]
    private static partial Regex Pattern();
}
