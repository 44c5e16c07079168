using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Sessions;

/// <summary>A session to be created.</summary>
internal sealed record CreateSessionRequest
{
    /// <summary>The namespace of its resource; the tenant's own if left out.</summary>
    public string? Namespace { get; init; }

    /// <summary>Its name, at most 63 lower case letters, digits, '-' and '.'.</summary>
    public string? Name { get; init; }

    /// <summary>The number of its phone in international form. It cannot be changed later.</summary>
    public string? Phone { get; init; }

    /// <summary>Active (the default) or Stopped.</summary>
    public string? State { get; init; }

    /// <summary>How it is linked to its phone.</summary>
    public PairingWish? Pairing { get; init; }

    /// <summary>How much of the account's past is taken when it is linked: None (the default), Recent (the last months) or Full.</summary>
    public string? History { get; init; }

    /// <summary>The pool to run in; the one named default if left out.</summary>
    public string? Pool { get; init; }

    /// <summary>What becomes of the device when the session is deleted: Unlink (the default) or Retain.</summary>
    public string? DeletionPolicy { get; init; }

    /// <summary>Labels of its resource, to find it by; at most 32.</summary>
    public Dictionary<string, string>? Labels { get; init; }
}

/// <summary>What is to be changed of a session; what is left out stays.</summary>
internal sealed record PatchSessionRequest
{
    /// <summary>Active or Stopped.</summary>
    public string? State { get; init; }

    /// <summary>How it is linked to its phone, from the next round on.</summary>
    public PairingWish? Pairing { get; init; }

    /// <summary>How much of the account's past is taken when it is linked the next time: None, Recent or Full.</summary>
    public string? History { get; init; }

    /// <summary>The pool to run in.</summary>
    public string? Pool { get; init; }

    /// <summary>What becomes of the device when the session is deleted: Unlink or Retain.</summary>
    public string? DeletionPolicy { get; init; }

    /// <summary>Labels to be set; null takes one away.</summary>
    public Dictionary<string, string?>? Labels { get; init; }
}

/// <summary>How a session is linked to its phone.</summary>
internal sealed record PairingWish
{
    /// <summary>QR (a code to scan) or Code (eight characters to type on the phone).</summary>
    public string? Method { get; init; }

    /// <summary>The name that the phone lists the device under, 1 to 50 characters.</summary>
    public string? DeviceName { get; init; }

    /// <summary>For accounts that demand their passkey: Auto, or Compare, with which a person compares a code on both screens.</summary>
    public string? PasskeyCode { get; init; }
}

/// <summary>A new round of codes.</summary>
internal sealed record PairingRoundRequest
{
    /// <summary>QR or Code; as the session has it if left out.</summary>
    public string? Method { get; init; }
}

/// <summary>A round of codes that was asked for.</summary>
/// <param name="Method">QR or Code.</param>
/// <param name="Request">The mark of the round on the session's resource.</param>
internal sealed record PairingRound(string Method, string Request);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 8
)]
[JsonSerializable(typeof(CreateSessionRequest))]
[JsonSerializable(typeof(PatchSessionRequest))]
[JsonSerializable(typeof(PairingRoundRequest))]
[JsonSerializable(typeof(PairingRound))]
[JsonSerializable(typeof(SessionSummary))]
[JsonSerializable(typeof(SessionPage))]
internal sealed partial class SessionsJson : JsonSerializerContext;
