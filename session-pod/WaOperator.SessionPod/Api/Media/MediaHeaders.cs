using Microsoft.Net.Http.Headers;
using WaOperator.Api;
using WaOperator.SessionPod.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>
/// The headers of a file download. The sender chose type and name, so browsers are told to save the file, never to show or run it.
/// </summary>
internal static class MediaHeaders
{
    private const string Unknown = "application/octet-stream";
    private const int MaxName = 255;

    /// <summary>Names the bytes: the same file has the same tag under any id.</summary>
    public static EntityTagHeaderValue Tag(StoredMedia media) =>
        new($"\"{Convert.ToHexStringLower(media.File.FileSha256)}\"");

    /// <summary>Sets them.</summary>
    public static void Set(HttpResponse response, string id, StoredMedia media)
    {
        var headers = response.Headers;
        headers.ContentType = TypeOf(media.MimeType);
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(NameOf(media.FileName) ?? id);
        headers.ContentDisposition = disposition.ToString();
        headers.ETag = Tag(media).ToString();
        headers.AcceptRanges = "bytes";
        headers.CacheControl = "private, no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
    }

    /// <summary>A type that can stand in a header.</summary>
    internal static string TypeOf(string told) =>
        MediaTypeHeaderValue.TryParse(told, out var type) && told.All(char.IsAscii)
            ? type.ToString()
            : Unknown;

    /// <summary>A name without a path; null: none is left.</summary>
    internal static string? NameOf(string? told)
    {
        if (told is null)
            return null;
        var name = told[(told.LastIndexOfAny(['/', '\\']) + 1)..];
        name = string.Concat(name.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))).Trim();
        return name.Trim('.').Length == 0 ? null
            : name.Length > MaxName ? name[..MaxName]
            : name;
    }

    /// <summary>Describes an endpoint that gives files.</summary>
    public static RouteHandlerBuilder GivesFiles(this RouteHandlerBuilder endpoint) =>
        endpoint
            .Produces<Stream>(200, Unknown)
            .Produces<Stream>(206, Unknown)
            .Produces(304)
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(410, ProblemAnswer.MediaType)
            .Produces<Problem>(416, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType)
            .Produces<Problem>(502, ProblemAnswer.MediaType)
            .Produces<Problem>(503, ProblemAnswer.MediaType);
}
