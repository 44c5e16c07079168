using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Profile;

/// <summary>Where a picture is.</summary>
/// <param name="Id">Names it; another picture has another id.</param>
/// <param name="Url">Where the JPEG is, at WhatsApp's media hosts; it can be loaded for some days, by who knows it.</param>
/// <param name="Preview">It is the small form of it.</param>
internal sealed record PictureAnswer(string Id, string Url, bool Preview);

/// <summary>A picture was set.</summary>
/// <param name="Id">Its id, where WhatsApp gave one.</param>
internal sealed record PictureSetAnswer(string? Id);

/// <summary>How others see the account.</summary>
/// <param name="Name">The name that stands with its messages; none where it has none yet.</param>
/// <param name="About">What it says about itself; empty: nothing.</param>
/// <param name="AboutSince">Since when, in Unix seconds, where WhatsApp tells.</param>
internal sealed record ProfileAnswer(string? Name, string? About, long? AboutSince);

/// <summary>What an account says about itself.</summary>
/// <param name="About">The text; empty: nothing.</param>
/// <param name="AboutSince">Since when, in Unix seconds, where WhatsApp tells.</param>
internal sealed record AboutAnswer(string About, long? AboutSince);

/// <summary>What of the account is to be seen by whom; what is left out stays.</summary>
internal sealed record PrivacyRequest
{
    /// <summary>Who sees when the account was there last: all, contacts, none.</summary>
    public string? LastSeen { get; init; }

    /// <summary>Who sees that it is online: all, match_last_seen.</summary>
    public string? Online { get; init; }

    /// <summary>Who sees its picture: all, contacts, none.</summary>
    public string? Picture { get; init; }

    /// <summary>Who sees its About text: all, contacts, none.</summary>
    public string? About { get; init; }

    /// <summary>Who adds it to groups: all, contacts, none.</summary>
    public string? GroupAdd { get; init; }

    /// <summary>Who sees that it read a message: all, none.</summary>
    public string? ReadReceipts { get; init; }

    /// <summary>Who calls it: all, known.</summary>
    public string? Calls { get; init; }

    /// <summary>Who writes to it: all, contacts.</summary>
    public string? Messages { get; init; }

    /// <summary>Stricter protection of the account: on_standard, off.</summary>
    public string? Defense { get; init; }

    /// <summary>Who sees its stickers: contacts, none.</summary>
    public string? Stickers { get; init; }

    /// <summary>After how many seconds messages of chats that are begun from now on disappear: 86400, 604800 or 7776000; 0: never.</summary>
    public long? DisappearAfter { get; init; }
}

/// <summary>What of the account is seen by whom, in WhatsApp's words; contact_blacklist is all contacts but some, contact_allowlist some of them.</summary>
internal sealed record PrivacyAnswer
{
    /// <summary>Who sees when the account was there last: all, contacts, none.</summary>
    public string? LastSeen { get; init; }

    /// <summary>Who sees that it is online: all, match_last_seen.</summary>
    public string? Online { get; init; }

    /// <summary>Who sees its picture: all, contacts, none.</summary>
    public string? Picture { get; init; }

    /// <summary>Who sees its About text: all, contacts, none.</summary>
    public string? About { get; init; }

    /// <summary>Who adds it to groups: all, contacts, none.</summary>
    public string? GroupAdd { get; init; }

    /// <summary>Who sees that it read a message: all, none.</summary>
    public string? ReadReceipts { get; init; }

    /// <summary>Who calls it: all, known.</summary>
    public string? Calls { get; init; }

    /// <summary>Who writes to it: all, contacts.</summary>
    public string? Messages { get; init; }

    /// <summary>Stricter protection of the account: on_standard, off.</summary>
    public string? Defense { get; init; }

    /// <summary>Who sees its stickers: contacts, none.</summary>
    public string? Stickers { get; init; }

    /// <summary>After how many seconds messages of chats that are begun from now on disappear: 86400, 604800 or 7776000; 0: never.</summary>
    public long? DisappearAfter { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(PictureAnswer))]
[JsonSerializable(typeof(PictureSetAnswer))]
[JsonSerializable(typeof(ProfileAnswer))]
[JsonSerializable(typeof(AboutAnswer))]
[JsonSerializable(typeof(PrivacyRequest))]
[JsonSerializable(typeof(PrivacyAnswer))]
internal sealed partial class ProfileJson : JsonSerializerContext;
