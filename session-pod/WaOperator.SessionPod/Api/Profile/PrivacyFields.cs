using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Profile;

/// <summary>One category that is to be changed.</summary>
/// <param name="Pointer">Where it stands in the request.</param>
/// <param name="Category">WhatsApp's name of it.</param>
/// <param name="Value">What it is to be.</param>
internal readonly record struct PrivacyChange(string Pointer, string Category, string Value);

/// <summary>The API's fields for WhatsApp's categories. Pure.</summary>
internal static class PrivacyFields
{
    /// <summary>Where the timer stands.</summary>
    public const string TimerPointer = "#/disappearAfter";

    private static readonly long[] Timers = [0, 86_400, 604_800, 7_776_000];

    /// <summary>What is to be changed.</summary>
    public static (IReadOnlyList<PrivacyChange> Changes, TimeSpan? Timer) Read(
        PrivacyRequest request,
        Faults faults
    )
    {
        List<PrivacyChange> changes = [];
        foreach (var (field, category, value) in Of(request))
        {
            if (value is null)
                continue;
            if (PrivacyCategories.Values[category].Contains(value))
                changes.Add(new($"#/{field}", category, value));
            else if (!IsList(value))
                faults.Add(
                    $"#/{field}",
                    $"it must be one of {string.Join(", ", PrivacyCategories.Values[category])}"
                );
        }
        if (request.DisappearAfter is { } seconds && !Timers.Contains(seconds))
            faults.Add(TimerPointer, $"it must be one of {string.Join(", ", Timers)} seconds");
        if (request == new PrivacyRequest())
            faults.Add("#", "it must have at least one field");
        return (
            changes,
            request.DisappearAfter is { } after && Timers.Contains(after)
                ? TimeSpan.FromSeconds(after)
                : null
        );
    }

    /// <summary>The first field whose value needs a list of accounts; null: none does.</summary>
    public static string? NeedsList(PrivacyRequest request) =>
        Of(request).FirstOrDefault(one => IsList(one.Value)).Field;

    /// <summary>The categories as the API shows them.</summary>
    public static PrivacyAnswer Show(
        IReadOnlyDictionary<string, string> categories,
        long? disappearAfter
    ) =>
        new()
        {
            LastSeen = categories.GetValueOrDefault("last"),
            Online = categories.GetValueOrDefault("online"),
            Picture = categories.GetValueOrDefault("profile"),
            About = categories.GetValueOrDefault("status"),
            GroupAdd = categories.GetValueOrDefault("groupadd"),
            ReadReceipts = categories.GetValueOrDefault("readreceipts"),
            Calls = categories.GetValueOrDefault("calladd"),
            Messages = categories.GetValueOrDefault("messages"),
            Defense = categories.GetValueOrDefault("defense"),
            Stickers = categories.GetValueOrDefault("stickers"),
            DisappearAfter = disappearAfter,
        };

    private static (string Field, string Category, string? Value)[] Of(PrivacyRequest request) =>
        [
            ("lastSeen", "last", request.LastSeen),
            ("online", "online", request.Online),
            ("picture", "profile", request.Picture),
            ("about", "status", request.About),
            ("groupAdd", "groupadd", request.GroupAdd),
            ("readReceipts", "readreceipts", request.ReadReceipts),
            ("calls", "calladd", request.Calls),
            ("messages", "messages", request.Messages),
            ("defense", "defense", request.Defense),
            ("stickers", "stickers", request.Stickers),
        ];

    private static bool IsList(string? value) =>
        value is PrivacyCategories.ContactsExcept or PrivacyCategories.SomeContacts;
}
