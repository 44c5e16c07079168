using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace WaOperator.Gateway.Cloud;

/// <summary>A form with a file, which is read as it comes: what stands before the file, the file, what stands behind it.</summary>
/// <param name="boundary">What parts the fields.</param>
/// <param name="body">The form.</param>
internal sealed class CloudForm(string boundary, Stream body)
{
    private const int MaxBoundary = 70;
    private const int MaxField = 256;
    private const int MaxFields = 8;
    private const string Unknown = "application/octet-stream";

    private readonly MultipartReader _reader = new(boundary, body)
    {
        HeadersCountLimit = 8,
        HeadersLengthLimit = 4 * 1024,
    };
    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);
    private int _read;

    /// <summary>The file; to be read before what stands behind it.</summary>
    public Stream? File { get; private set; }

    /// <summary>The file's MIME type.</summary>
    public string FileType { get; private set; } = Unknown;

    /// <summary>What parts the fields of a form; null if it is no form.</summary>
    public static string? BoundaryOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary).Value
            is { Length: > 0 and <= MaxBoundary } boundary
            ? boundary
            : null;

    /// <summary>Reads up to the file.</summary>
    /// <returns>What is wrong; null for nothing.</returns>
    public async Task<CloudFault?> ReadToFileAsync(CancellationToken ct)
    {
        if (await ReadAsync(ct) is { } wrong)
            return wrong;
        if (File is null)
            return new(CloudCode.Parameter, "the form has no \"file\"");
        return null;
    }

    /// <summary>Reads what stands behind the file.</summary>
    /// <returns>What is wrong; null for nothing.</returns>
    public async Task<CloudFault?> ReadRestAsync(CancellationToken ct)
    {
        if (await ReadAsync(ct) is { } wrong)
            return wrong;
        if (_fields.GetValueOrDefault("messaging_product") != "whatsapp")
            return new(CloudCode.Parameter, "\"messaging_product\" must be \"whatsapp\"");
        // The file has gone by the type that was known before it.
        return _fields.GetValueOrDefault("type") is { } type && type != FileType
            ? new(
                CloudCode.Media,
                "\"type\" stands behind \"file\" and says another type than the file's own; put it before the file"
            )
            : null;
    }

    private async Task<CloudFault?> ReadAsync(CancellationToken ct)
    {
        try
        {
            while (await _reader.ReadNextSectionAsync(ct) is { } section)
            {
                if (++_read > MaxFields)
                    return Unreadable("it has too many fields");
                if (
                    !ContentDispositionHeaderValue.TryParse(
                        section.ContentDisposition,
                        out var says
                    )
                )
                    return Unreadable("a part has no name");
                var name = HeaderUtilities.RemoveQuotes(says.Name).Value ?? "";
                if (name == "file")
                {
                    if (File is not null)
                        return new(CloudCode.Parameter, "the form has \"file\" twice");
                    File = section.Body;
                    FileType =
                        _fields.GetValueOrDefault("type") is { Length: > 0 } told ? told
                        : section.ContentType is { Length: > 0 } typed ? typed
                        : Unknown;
                    return FileType.All(c => c is >= ' ' and < '\x7f')
                        ? null
                        : new(CloudCode.Media, "\"type\" must be a MIME type, such as image/jpeg");
                }
                if (name is not ("messaging_product" or "type"))
                    return new(
                        CloudCode.Parameter,
                        "the form has \"messaging_product\", \"type\" and \"file\" and nothing else"
                    );
                if (
                    await ValueAsync(section.Body, ct) is not { } value
                    || !_fields.TryAdd(name, value)
                )
                    return new(
                        CloudCode.Parameter,
                        $"\"{name}\" is given twice, or has more than {MaxField} bytes"
                    );
            }
            return null;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Unreadable("it ends early or is malformed");
        }
    }

    private static async Task<string?> ValueAsync(Stream field, CancellationToken ct)
    {
        var bytes = new byte[MaxField + 1];
        var read = await field.ReadAtLeastAsync(bytes, bytes.Length, false, ct);
        return read > MaxField ? null : Encoding.UTF8.GetString(bytes, 0, read);
    }

    private static CloudFault Unreadable(string why) =>
        new(CloudCode.Parameter, $"the form cannot be read: {why}");
}
