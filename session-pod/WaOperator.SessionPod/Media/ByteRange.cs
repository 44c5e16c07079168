using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace WaOperator.SessionPod.Media;

/// <summary>What part of a file a request gets.</summary>
/// <param name="From">The first byte.</param>
/// <param name="To">The last byte.</param>
/// <param name="Of">The file's length.</param>
internal readonly record struct ByteRange(long From, long To, long Of)
{
    /// <summary>How many bytes it has.</summary>
    public long Length => To - From + 1;

    /// <summary>For the header Content-Range.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {From}-{To}/{Of}");

    /// <summary>
    /// Decides by the headers (RFC 9110, 14). Several ranges at once, another unit and what cannot be read get the whole file, as that
    /// allows. Pure.
    /// </summary>
    /// <param name="range">The header Range.</param>
    /// <param name="ifRange">The header If-Range.</param>
    /// <param name="tag">The file's entity tag.</param>
    /// <param name="length">Its length; 0: not known.</param>
    /// <param name="part">The part; null: the whole.</param>
    /// <returns>False: the file has no such part (416).</returns>
    public static bool TryDecide(
        string? range,
        string? ifRange,
        EntityTagHeaderValue tag,
        long length,
        out ByteRange? part
    )
    {
        part = null;
        if (
            length <= 0
            || range is null
            || !RangeHeaderValue.TryParse(range, out var parsed)
            || !StringSegment.Equals(parsed.Unit, "bytes", StringComparison.OrdinalIgnoreCase)
            || parsed.Ranges.Count != 1
        )
            return true;
        if (
            ifRange is not null
            && !(
                EntityTagHeaderValue.TryParse(ifRange, out var before)
                && before.Compare(tag, useStrongComparison: true)
            )
        )
            return true;
        var (from, to) = parsed.Ranges.Single() switch
        {
            { From: { } first, To: { } last } => (first, Math.Min(last, length - 1)),
            { From: { } first } => (first, length - 1),
            { To: { } suffix } => (Math.Max(0, length - suffix), length - 1),
            _ => (0, length - 1),
        };
        if (from > to)
            return false;
        part = new(from, to, length);
        return true;
    }
}
