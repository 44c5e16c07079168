using System.Text.Json.Serialization;
using WaOperator.SessionPod.Api.Messages;

namespace WaOperator.SessionPod.Api.Broadcasts;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(BroadcastRequest))]
[JsonSerializable(typeof(BroadcastAnswer))]
[JsonSerializable(typeof(BroadcastList))]
[JsonSerializable(typeof(AddedAnswer))]
[JsonSerializable(typeof(RecipientBody))]
[JsonSerializable(typeof(RecipientPage))]
[JsonSerializable(typeof(TextParts))]
[JsonSerializable(typeof(MessageNameParts))]
internal sealed partial class BroadcastJson : JsonSerializerContext;
