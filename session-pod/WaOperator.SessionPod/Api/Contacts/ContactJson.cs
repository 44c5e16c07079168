using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Contacts;

/// <summary>Phone numbers to look up.</summary>
internal sealed record CheckNumbersRequest
{
    /// <summary>1 to 500 numbers in international form.</summary>
    public IReadOnlyList<string?>? Numbers { get; init; }
}

/// <summary>Whether a number is on WhatsApp.</summary>
/// <param name="Input">The number as it was asked for.</param>
/// <param name="Registered">Whether it belongs to an account.</param>
/// <param name="Lid">The account's LID, where WhatsApp told it.</param>
/// <param name="Phone">The account's number, which may be written in another form than the one asked for.</param>
internal sealed record CheckedNumber(string Input, bool Registered, string? Lid, string? Phone);

/// <summary>Which numbers are on WhatsApp.</summary>
/// <param name="Data">One for each number, in their order.</param>
internal sealed record CheckedNumbersAnswer(IReadOnlyList<CheckedNumber> Data);

/// <summary>An account that is blocked.</summary>
/// <param name="Phone">Its phone number, where it is known.</param>
/// <param name="Lid">Its LID, where it is known.</param>
internal sealed record BlockedContact(string? Phone, string? Lid);

/// <summary>The block list.</summary>
/// <param name="Data">All accounts that are blocked.</param>
internal sealed record BlocksAnswer(IReadOnlyList<BlockedContact> Data);

/// <summary>Whether an account is blocked.</summary>
/// <param name="Phone">Its phone number.</param>
/// <param name="Lid">Its LID, where it is known.</param>
/// <param name="Blocked">Whether nothing is heard from it.</param>
internal sealed record BlockAnswer(string Phone, string? Lid, bool Blocked);

/// <summary>How a contact is saved.</summary>
internal sealed record SaveContactRequest
{
    /// <summary>Its whole name, 1 to 128 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Its first name, 1 to 128 characters; left out: none.</summary>
    public string? FirstName { get; init; }
}

/// <summary>An account that is known.</summary>
/// <param name="Id">Its address: by phone number where that is known, else by LID.</param>
/// <param name="Phone">Its phone number, where it is known.</param>
/// <param name="Lid">Its LID, where it is known.</param>
/// <param name="PushName">The name that it has chosen.</param>
internal sealed record ContactAnswer(string Id, string? Phone, string? Lid, string? PushName);

/// <summary>A page of accounts.</summary>
/// <param name="Data">The accounts, in an order of their own.</param>
/// <param name="Next">Gets the next page, as "after"; left out at the end.</param>
internal sealed record ContactPage(IReadOnlyList<ContactAnswer> Data, string? Next);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(CheckNumbersRequest))]
[JsonSerializable(typeof(SaveContactRequest))]
[JsonSerializable(typeof(CheckedNumbersAnswer))]
[JsonSerializable(typeof(BlocksAnswer))]
[JsonSerializable(typeof(BlockAnswer))]
[JsonSerializable(typeof(ContactPage))]
internal sealed partial class ContactJson : JsonSerializerContext;
