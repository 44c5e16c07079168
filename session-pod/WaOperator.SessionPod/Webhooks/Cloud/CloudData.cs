using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Webhooks.Cloud;

// The shapes are Meta's: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks.

/// <summary>What is posted: one entry with one change.</summary>
internal sealed record CloudPayload(string Object, IReadOnlyList<CloudEntry> Entry);

/// <summary>Changes of one account.</summary>
internal sealed record CloudEntry(string Id, IReadOnlyList<CloudChange> Changes);

/// <summary>A change, and the field of Meta's subscriptions that it is of.</summary>
internal sealed record CloudChange(CloudValue Value, string Field);

/// <summary>What happened at a phone number: a message, a message of another device of the account, or what became of one.</summary>
internal sealed record CloudValue(string MessagingProduct, CloudMetadata Metadata)
{
    public IReadOnlyList<CloudContact>? Contacts { get; init; }

    public IReadOnlyList<CloudMessage>? Messages { get; init; }

    public IReadOnlyList<CloudMessage>? MessageEchoes { get; init; }

    public IReadOnlyList<CloudStatus>? Statuses { get; init; }
}

/// <summary>The account's phone number.</summary>
internal sealed record CloudMetadata(string DisplayPhoneNumber, string PhoneNumberId);

/// <summary>Who wrote.</summary>
internal sealed record CloudContact(CloudProfile Profile, string WaId, string? UserId);

/// <summary>How he calls himself.</summary>
internal sealed record CloudProfile(string Name);

/// <summary>What became of a message.</summary>
internal sealed record CloudStatus(
    string Id,
    string Status,
    string Timestamp,
    string RecipientId,
    string? RecipientUserId
)
{
    /// <summary>group, or left out.</summary>
    public string? RecipientType { get; init; }

    /// <summary>Which member of a group.</summary>
    public string? RecipientParticipantId { get; init; }

    public string? RecipientParticipantUserId { get; init; }

    public string? BizOpaqueCallbackData { get; init; }

    public IReadOnlyList<CloudError>? Errors { get; init; }
}

/// <summary>Why something is not as it should be.</summary>
internal sealed record CloudError(int Code, string Title, string Message, CloudErrorData ErrorData);

/// <summary>The same, for people.</summary>
internal sealed record CloudErrorData(string Details);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CloudPayload))]
internal sealed partial class CloudJson : JsonSerializerContext;
