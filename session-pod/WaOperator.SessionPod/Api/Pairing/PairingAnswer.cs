using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>How far a session is with its phone.</summary>
internal enum PairingState
{
    /// <summary>A code is on its way.</summary>
    Waiting,

    /// <summary>A code waits to be scanned or typed.</summary>
    Ready,

    /// <summary>The account's passkey must sign.</summary>
    PasskeyRequired,

    /// <summary>The code must be compared with the phone's, and confirmed.</summary>
    Comparing,

    /// <summary>The phone has accepted the device, which logs in for the first time.</summary>
    Linking,

    /// <summary>The device is linked.</summary>
    Linked,

    /// <summary>The round of codes is over; ask for another.</summary>
    Expired,

    /// <summary>Another phone than the declared one scanned the code; ask for another round.</summary>
    WrongPhone,

    /// <summary>The phone has unlinked the device; ask for another round.</summary>
    LoggedOut,

    /// <summary>WhatsApp refuses the account.</summary>
    Banned,

    /// <summary>The session is stopped, or being deleted.</summary>
    Stopped,
}

/// <summary>How far a session is with its phone, and the code of the moment.</summary>
/// <param name="State">Waiting, Ready, PasskeyRequired, Comparing, Linking, Linked, Expired, WrongPhone, LoggedOut, Banned or Stopped.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Message">Why, for people.</param>
internal sealed record PairingAnswer(string State, string Reason, string Message)
{
    /// <summary>The text of the QR code to be scanned. Scanning it gives control of the session: show it to its owner only.</summary>
    public string? Qr { get; init; }

    /// <summary>The same as a picture: a data URI of a PNG.</summary>
    public string? Png { get; init; }

    /// <summary>The eight characters to be typed on the phone; when Comparing, those that the phone must show as well.</summary>
    public string? Code { get; init; }

    /// <summary>What the account's passkey is to sign, for PublicKeyCredential.parseRequestOptionsFromJSON on https://web.whatsapp.com.</summary>
    public JsonElement? Passkey { get; init; }

    /// <summary>Which code of its round it is, from 1.</summary>
    public int? Number { get; init; }

    /// <summary>How many codes the round has.</summary>
    public int? Of { get; init; }

    /// <summary>When the next code takes its place, or the round ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The linked phone's number.</summary>
    public string? Phone { get; init; }
}

/// <summary>What an account's passkey signed, as the browser's PublicKeyCredential.toJSON() gives it; other members are ignored.</summary>
/// <param name="Id">The credential's id in base64url.</param>
/// <param name="RawId">The same.</param>
/// <param name="Type">public-key.</param>
/// <param name="Response">What was signed.</param>
internal sealed record PasskeyAssertionRequest(
    string Id,
    string RawId,
    string Type,
    PasskeyAssertionResponse Response
);

/// <summary>What a passkey signed, each in base64url.</summary>
/// <param name="ClientDataJSON">What the browser says of the request.</param>
/// <param name="AuthenticatorData">What the authenticator says of it.</param>
/// <param name="Signature">Over both.</param>
/// <param name="UserHandle">Whose passkey it is, where that was told.</param>
internal sealed record PasskeyAssertionResponse(
    [property: JsonPropertyName("clientDataJSON")] string ClientDataJSON,
    string AuthenticatorData,
    string Signature,
    string? UserHandle = null
);

/// <summary>A link to a session's pairing.</summary>
/// <param name="ExpiresIn">For how many seconds it opens, 1 to 86,400; 900 when left out.</param>
internal sealed record PairingLinkRequest(int? ExpiresIn = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(PairingAnswer))]
[JsonSerializable(typeof(PairingLinkRequest))]
[JsonSerializable(typeof(PasskeyAssertionRequest))]
internal sealed partial class PairingJson : JsonSerializerContext;
