using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Cloud;

/// <summary>A message that was taken.</summary>
/// <param name="MessagingProduct">whatsapp.</param>
/// <param name="Contacts">Its recipient.</param>
/// <param name="Messages">The message.</param>
internal sealed record CloudSent(
    [property: JsonPropertyName("messaging_product")] string MessagingProduct,
    IReadOnlyList<CloudRecipient> Contacts,
    IReadOnlyList<CloudAccepted> Messages
);

/// <summary>A recipient.</summary>
/// <param name="Input">As the request named it.</param>
/// <param name="WaId">As webhooks name it.</param>
internal sealed record CloudRecipient(
    string Input,
    [property: JsonPropertyName("wa_id")] string WaId
);

/// <summary>A message that was taken.</summary>
/// <param name="Id">Its id.</param>
/// <param name="MessageStatus">accepted.</param>
internal sealed record CloudAccepted(
    string Id,
    [property: JsonPropertyName("message_status")] string MessageStatus
);

/// <summary>It was done.</summary>
/// <param name="Success">true.</param>
internal sealed record CloudDone(bool Success);

/// <summary>A file that was uploaded.</summary>
/// <param name="Id">Its id.</param>
internal sealed record CloudUploaded(string Id);

/// <summary>A file.</summary>
/// <param name="Url">Where it is loaded, for five minutes and without a key.</param>
/// <param name="MimeType">Its MIME type.</param>
/// <param name="Sha256">Its SHA-256, in hex.</param>
/// <param name="FileSize">Its length.</param>
/// <param name="Id">Its id.</param>
/// <param name="MessagingProduct">whatsapp.</param>
internal sealed record CloudMedia(
    string Url,
    [property: JsonPropertyName("mime_type")] string MimeType,
    string Sha256,
    [property: JsonPropertyName("file_size")] long FileSize,
    string Id,
    [property: JsonPropertyName("messaging_product")] string MessagingProduct
);

/// <summary>A number.</summary>
/// <param name="Id">Its phone_number_id.</param>
/// <param name="DisplayPhoneNumber">The number.</param>
internal sealed record CloudPhone(
    string Id,
    [property: JsonPropertyName("display_phone_number")] string DisplayPhoneNumber
);

/// <summary>Numbers of an account, a page at a time.</summary>
/// <param name="Data">The numbers.</param>
/// <param name="Paging">Where the next page is.</param>
internal sealed record CloudPhonePage(IReadOnlyList<CloudPhone> Data, CloudPaging Paging);

/// <summary>Templates: there are none.</summary>
/// <param name="Data">Empty.</param>
/// <param name="Paging">Empty.</param>
internal sealed record CloudTemplatePage(IReadOnlyList<JsonElement> Data, CloudPaging Paging);

/// <summary>Where the next page is.</summary>
/// <param name="Cursors">What continues the list; left out at its end.</param>
internal sealed record CloudPaging(CloudCursors? Cursors = null);

/// <summary>What continues a list.</summary>
/// <param name="After">To be given back as after.</param>
internal sealed record CloudCursors(string After);
