using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace WaOperator.Api;

/// <summary>The body of a request that brings JSON.</summary>
/// <param name="Bytes">As they came; empty for a refusal.</param>
/// <param name="Refusal">Why it was not read; null if it was.</param>
internal readonly record struct JsonBody(byte[] Bytes, ProblemAnswer? Refusal)
{
    private const int Part = 4096;

    /// <summary>Reads it, as far as there is room.</summary>
    /// <param name="request">The request.</param>
    /// <param name="share">Counts the bytes as they come.</param>
    public static ValueTask<JsonBody> ReadAsync(HttpRequest request, BodyShare share) =>
        IsJson(request.ContentType)
            ? ReadAnyAsync(request, share)
            : new(Refused(Problems.NotJson()));

    /// <summary>Whether a body is lines of JSON in UTF-8.</summary>
    public static bool IsLines(string? contentType) => Is(contentType, "application/x-ndjson");

    /// <summary>Reads a body of any type, as far as there is room.</summary>
    /// <param name="request">The request.</param>
    /// <param name="share">Counts the bytes as they come.</param>
    public static async ValueTask<JsonBody> ReadAnyAsync(HttpRequest request, BodyShare share)
    {
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(Part);
        try
        {
            // The first part is counted before it comes: a request that sends nothing holds something, too.
            for (var read = Part; read > 0; )
            {
                if (share.TryTake(read) is { } full)
                    return Refused(Problems.TooMuchAtOnce(full));
                read = await request.Body.ReadAsync(
                    buffer.AsMemory(0, Part),
                    request.HttpContext.RequestAborted
                );
                body.Write(buffer, 0, read);
            }
            return new(body.ToArray(), null);
        }
        catch (BadHttpRequestException e)
        {
            return Refused(Problems.Unreadable(e.StatusCode, e.Message));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>JSON in UTF-8, which some clients say with quotes or without the dash.</summary>
    internal static bool IsJson(string? contentType) => Is(contentType, "application/json");

    private static bool Is(string? contentType, string mediaType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Charset).Value?.ToUpperInvariant()
            is null
                or ""
                or "UTF-8"
                or "UTF8";

    private static JsonBody Refused(ProblemAnswer why) => new([], why);
}
