using Microsoft.Net.Http.Headers;
using WaOperator.Api;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Options;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>What the head of an upload says, before anything of the file is read.</summary>
/// <param name="Use">As what it is to be sent; null: as its bytes say.</param>
/// <param name="Type">Its MIME type; null: not told.</param>
internal readonly record struct UploadRequest(MediaUse? Use, string? Type)
{
    private const int MaxType = 127;

    /// <summary>Reads it.</summary>
    /// <param name="kind">The query's kind.</param>
    /// <param name="contentType">The header.</param>
    /// <param name="upload">What it says.</param>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public static ProblemAnswer? Read(string? kind, string? contentType, out UploadRequest upload)
    {
        upload = default;
        MediaUse? use = null;
        if (kind is not null)
        {
            if (!MediaUses.TryParse(kind, out var named))
                return Problems.Bad($"\"kind\" must be {MediaUses.Names}");
            use = named;
        }
        if (string.IsNullOrEmpty(contentType))
        {
            upload = new(use, null);
            return null;
        }
        if (
            contentType.Length > MaxType
            || !MediaTypeHeaderValue.TryParse(contentType, out var type)
            || type.MatchesAllTypes
            || type.MatchesAllSubTypes
        )
            return Problems.WrongMedia(
                $"\"Content-Type\" must be the file's MIME type, such as image/jpeg, of at most {MaxType} characters"
            );
        if (
            type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals(
                "application/x-www-form-urlencoded",
                StringComparison.OrdinalIgnoreCase
            )
        )
            return Problems.WrongMedia(
                "send the file itself as the body, not a form, with its MIME type as \"Content-Type\" (curl: --data-binary @FILE -H \"Content-Type: image/jpeg\")"
            );
        var told = type.MediaType.Equals(
            "application/octet-stream",
            StringComparison.OrdinalIgnoreCase
        )
            ? null
            : contentType.Trim();
        upload = new(use ?? (told is null ? null : MediaUses.Of(told)), told);
        return null;
    }

    /// <summary>The longest file that may come; of one whose use is not known yet, a document.</summary>
    public long Most(PodOptions options) => Most(options, Use ?? MediaUse.Document);

    /// <summary>The longest file of a use, in bytes.</summary>
    public static long Most(PodOptions options, MediaUse use) =>
        (use == MediaUse.Document ? options.MaxDocumentMiB : options.MaxMediaMiB) * 1024L * 1024;
}
