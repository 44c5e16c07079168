using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Profile;

/// <summary>
/// The About text (xmlns status), privacy (xmlns privacy) and the timer of new chats (xmlns disappearing_mode), as Baileys sets them.
/// Pure.
/// </summary>
internal static class SettingStanzas
{
    private const int MostCategories = 64;
    private const int LongestWord = 64;

    /// <summary>Sets the About text. whatsmeow sets it by w:mex since 2026, Baileys by this.</summary>
    public static BinaryNode About(string text) =>
        Stanzas.Iq("set", "status", new BinaryNode("status") { Text = text });

    /// <summary>Reads the About text of the one account that was asked for; null: it is not shown, or there is no such account.</summary>
    public static AboutText? ReadAbout(BinaryNode answer) =>
        OnlyUser(answer)?.Child("status") is { } status && status["code"] is null
            ? new(status.Text, GroupChanged.UnixSeconds(status["t"]) ?? 0)
            : null;

    /// <summary>Sets one category.</summary>
    public static BinaryNode Privacy(string category, string value) =>
        Stanzas.Iq(
            "set",
            "privacy",
            new BinaryNode("privacy")
            {
                Children = [new("category") { ["name"] = category, ["value"] = value }],
            }
        );

    /// <summary>Reads the categories; those without a name or a value are left out.</summary>
    public static IReadOnlyDictionary<string, string> ReadPrivacy(BinaryNode answer)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        var categories = answer.Child("privacy")?.ChildrenWith("category") ?? [];
        foreach (var category in categories.Take(MostCategories))
        {
            if (
                category["name"] is { Length: > 0 and <= LongestWord } name
                && category["value"] is { Length: > 0 and <= LongestWord } value
            )
                read[name] = value;
        }
        return read;
    }

    /// <summary>Sets after what time messages of new chats disappear.</summary>
    public static BinaryNode DefaultTimer(long seconds) =>
        Stanzas.Iq(
            "set",
            "disappearing_mode",
            new BinaryNode("disappearing_mode")
            {
                ["duration"] = seconds.ToString(CultureInfo.InvariantCulture),
            }
        );

    /// <summary>Reads that time, in seconds, of the one account that was asked for; null: it is not told.</summary>
    public static long? ReadDefaultTimer(BinaryNode answer) =>
        GroupChanged.UnixSeconds(OnlyUser(answer)?.Child("disappearing_mode")?["duration"]);

    private static BinaryNode? OnlyUser(BinaryNode answer) =>
        answer.Child("usync")?.Child("list")?.Child("user");
}
